const db = require("./db");

function byName(name) {
  // ruleid: sql-string-building
  return db.query("SELECT id, email FROM users WHERE name = '" + name + "'");
}

function byId(id, done) {
  // ruleid: sql-string-building
  db.all(`SELECT * FROM invoices WHERE id = ${id}`, done);
}

function remove(table, id) {
  // ruleid: sql-string-building
  return db.execute("DELETE FROM " + table + " WHERE id = " + id);
}

function rename(pool, id, title) {
  // ruleid: sql-string-building
  return pool.query({ text: `UPDATE notes SET title = '${title}' WHERE id = $1`, values: [id] });
}

function bound(id) {
  // ok: sql-string-building
  return db.query("SELECT id, email FROM users WHERE id = ?", [id]);
}

function wrapped() {
  // ok: sql-string-building
  return db.query("SELECT id, email " + "FROM users " + "ORDER BY id");
}

function notSql(cache, name) {
  // ok: sql-string-building
  return cache.query("profile:" + name);
}

function tagged(sql, id) {
  // ok: sql-string-building
  return db.query(sql`SELECT id FROM users WHERE id = ${id}`);
}

function inTwoSteps(login) {
  const lookup = "SELECT name FROM accounts WHERE login = '" + login + "'";
  // ruleid: sql-string-building
  return db.query(lookup, { type: "SELECT" });
}
