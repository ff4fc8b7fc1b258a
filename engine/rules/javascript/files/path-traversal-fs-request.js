const fs = require('fs');
const path = require('path');

app.get('/doc', (req, res) => {
  // ruleid: path-traversal-fs-request
  fs.readFile('docs/' + req.query.name, 'utf8', done);
  // ruleid: path-traversal-fs-request
  fs.createReadStream(`./docs/${req.params.name}`).pipe(res);
  const file = path.join(base, req.body.file);
  log(file);
  // ruleid: path-traversal-fs-request
  fs.unlinkSync(file);
  const { name } = req.query;
  // ruleid: path-traversal-fs-request
  fs.writeFile(base + name, 'x', done);

  // ok: path-traversal-fs-request
  fs.readFile('docs/index.html', 'utf8', done);
  // ok: path-traversal-fs-request
  fs.readFile(path.join(base, path.basename(req.query.name)), done);
  // ok: path-traversal-fs-request
  cache.readFile(req.query.name);
});
