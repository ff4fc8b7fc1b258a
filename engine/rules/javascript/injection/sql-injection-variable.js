var db = require('../db');

module.exports.login = function (username, password, cb) {
  var q = "SELECT * FROM users WHERE name = '" + username + "' AND password ='" + password + "';";
  audit(username);
  // ruleid: sql-injection-variable
  return db.one(q);
};

module.exports.byCity = async (city) => {
  const sql = `SELECT id FROM shops WHERE city = '${city}'`;
  // ruleid: sql-injection-variable
  const rows = await pool.query(sql);
  return rows;
};

exports.rename = function (id, name) {
  let statement;
  statement = 'UPDATE shops SET name = "' + name + '" WHERE id = ' + Number(id);
  // ruleid: sql-injection-variable
  connection.execute(statement, function () {});
};

exports.constant = function (id) {
  const sql = 'SELECT id ' + 'FROM shops WHERE id = ?';
  // ok: sql-injection-variable
  pool.query(sql, [id]);
  const lang = `SELECT id FROM shops`;
  // ok: sql-injection-variable
  pool.query(lang);
  const label = 'Select a shop from ' + id;
  // ok: sql-injection-variable
  log.query(label2, label);
};
