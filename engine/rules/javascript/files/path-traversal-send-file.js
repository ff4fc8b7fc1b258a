const path = require('path');

app.get('/file/:name', (req, res) => {
  // ruleid: path-traversal-send-file
  res.sendFile('/srv/files/' + req.params.name);
  // ruleid: path-traversal-send-file
  res.download(path.join(base, req.query.name));
  const name = req.params.name;
  // ruleid: path-traversal-send-file
  res.sendFile(path.resolve('files/', name));
  // ok: path-traversal-send-file
  res.sendFile(req.params.name, { root: '/srv/files' });
  // ok: path-traversal-send-file
  res.sendFile(path.join(base, 'index.html'));
  // ok: path-traversal-send-file
  mailer.sendFile(report.params);
});
