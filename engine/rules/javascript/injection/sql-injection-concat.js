const mysql = require('mysql');
const db = mysql.createConnection({ host: 'db.internal' });

function findUser(req, res) {
  // ruleid: sql-injection-concat
  db.query("SELECT * FROM users WHERE name = '" + req.body.name + "'", done);

  // ruleid: sql-injection-concat
  db.query('select id, name from ' + table + ' where id = 1', done);

  // ok: sql-injection-concat
  db.query('SELECT * FROM users WHERE name = ?', [req.body.name], done);

  // ok: sql-injection-concat
  db.query('SELECT * FROM users ' + 'WHERE active = 1', done);

  // ok: sql-injection-concat
  db.query('/users?' + qs.stringify(req.body), done);
}

async function remove(pool, id) {
  // ruleid: sql-injection-concat
  await pool.execute(`DELETE FROM notes WHERE id = ` + id);
  // ruleid: sql-injection-concat
  sqlite.run("UPDATE notes SET hidden = 1 WHERE id = " + id);
  // ruleid: sql-injection-concat
  return sqlite.all(
    'INSERT INTO log (note) VALUES (' +
      id +
      ')'
  );
}

// ok: sql-injection-concat
map.get('update-' + key);
// ok: sql-injection-concat
shell.exec('delete from-here ' + name);
