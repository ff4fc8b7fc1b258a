import { Pool } from 'pg';

const pool = new Pool();

export async function search(term: string, limit: number) {
  // ruleid: sql-injection-template
  const rows = await pool.query(`SELECT * FROM products WHERE name LIKE '%${term}%'`);
  // ruleid: sql-injection-template
  await pool.query(`
    UPDATE products
    SET hits = hits + 1
    WHERE name = '${term}'`);
  // ruleid: sql-injection-template
  await this.sqlite.all(`select id from products limit ${limit}`, []);
  // ruleid: sql-injection-template
  await prisma.$queryRawUnsafe(`DELETE FROM products WHERE name = '${term}'`);

  // ok: sql-injection-template
  await pool.query(`SELECT * FROM products WHERE name LIKE $1`, [term]);
  // ok: sql-injection-template
  await prisma.$queryRaw`SELECT * FROM products WHERE name = ${term}`;
  // ok: sql-injection-template
  await client.get(`/select/${term}/from/1`);
  // ok: sql-injection-template
  await page.all(`update ${term} settings`);
  return rows;
}
