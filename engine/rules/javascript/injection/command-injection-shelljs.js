const shell = require('shelljs');

module.exports = (dir, url) => {
  // ruleid: command-injection-shelljs
  shell.exec('git clone ' + url);
  // ruleid: command-injection-shelljs
  const out = shell.exec(`ls "${dir}"`, { silent: true }).stdout;
  // ok: command-injection-shelljs
  shell.exec('git pull --rebase');
  // ok: command-injection-shelljs
  shell.mkdir('-p', dir + '/cache');
  // ok: command-injection-shelljs
  matcher.exec('git ' + url);
  return out;
};
