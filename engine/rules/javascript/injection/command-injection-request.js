const cp = require('child_process');
const { exec, execFile } = require('child_process');

app.post('/ping', function (req, res) {
  // ruleid: command-injection-request
  exec('ping -c 2 ' + req.body.address, function (err, out) {
    res.send(out);
  });
});

app.get('/thumb', (req, res) => {
  const name = req.query.name || 'none';
  log(name);
  // ruleid: command-injection-request
  cp.execSync(`convert "${name}" thumb.png`);
  const { size } = req.query;
  // ruleid: command-injection-request
  cp.exec(['convert', '-resize', size].join(' '));
  // ruleid: command-injection-request
  cp.spawn('/bin/sh', ['-c', `ls ${req.params.dir}`]);
});

app.get('/safe', (req, res) => {
  // ok: command-injection-request
  execFile('ping', ['-c', '2', '--', req.query.host], done);
  // ok: command-injection-request
  cp.exec('uptime', (err, out) => res.send(req.query.callback + out));
  // ok: command-injection-request
  const m = /^\d+$/.exec(req.query.id);
  // ok: command-injection-request
  exec(job.query.text);
});
