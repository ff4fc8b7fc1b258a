const cp = require('child_process');
const { exec, spawn } = require('child_process');
var execSync = require('child_process').execSync;

function clone(url, dir) {
  // ruleid: command-injection-exec
  cp.exec('git clone ' + url, done);
  // ruleid: command-injection-exec
  exec(`tar xf ${dir}/archive.tar`, { cwd: dir }, done);
  // ruleid: command-injection-exec
  execSync("rm -rf '" + dir + "'");
  // ruleid: command-injection-exec
  require('child_process').exec(`ping -c 1 ${url}`);
  // ruleid: command-injection-exec
  cp.execSync(['convert', dir, 'out.png'].join(' '));

  // ok: command-injection-exec
  cp.exec('git status', done);
  // ok: command-injection-exec
  cp.exec('git status ' + '--short', done);
  // ok: command-injection-exec
  cp.execFile('git', ['clone', '--', url], done);
  // ok: command-injection-exec
  /^v(\d+)/.exec('v' + url);
  // ok: command-injection-exec
  query.exec(`${url}`);
}
