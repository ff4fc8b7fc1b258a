const knex = require('knex')({ client: 'pg' });

async function cheap(max, column, name) {
  // ruleid: knex-raw-injection
  await knex.raw(`SELECT * FROM goods WHERE price < ${max}`);
  // ruleid: knex-raw-injection
  await knex('goods').whereRaw("name = '" + name + "'");
  // ruleid: knex-raw-injection
  await this.db('goods').orderByRaw(`${column} desc nulls last`);
  await trx('goods')
    .select('id')
    // ok: knex-raw-injection
    .whereRaw('lower(name) = ?', [name]);
  // ok: knex-raw-injection
  await knex.raw('SELECT * FROM goods ' + 'WHERE price < ?', [max]);
  // ok: knex-raw-injection
  await knex('goods').where('name', name);
}

// ok: knex-raw-injection
const out = String.raw('a' + name);
