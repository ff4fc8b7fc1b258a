const path = require('path');

app.get('/file/:name', (req, res) => {
  // ruleid: path-join-request
  const full = path.join(__dirname, 'files', req.params.name);
  // ruleid: path-join-request
  const other = path.resolve('uploads/' + req.query.dir, 'index.txt');
  // ruleid: path-join-request
  const third = path.join(root, req.params[0]);
  // ok: path-join-request
  const safe = path.join(__dirname, 'files', path.basename(req.params.name));
  // ok: path-join-request
  const fixed = path.join(__dirname, 'files', 'index.txt');
  // ok: path-join-request
  const list = [root, req.params.name].join('/');
  // ok: path-join-request
  const own = path.join(root, req.user.id);
});
