const cp = require("child_process");
const { exec, execSync } = require("child_process");

function archive(name) {
  // ruleid: shell-command-building
  cp.exec("tar czf backup.tgz " + name);
}

function log(ref) {
  // ruleid: shell-command-building
  return execSync(`git log --oneline ${ref}`).toString();
}

function ping(host, done) {
  // ruleid: shell-command-building
  exec("ping -c 2 " + host + " -W 1", done);
}

function safe(ref) {
  // ok: shell-command-building
  return cp.execFileSync("git", ["log", "--oneline", ref]);
}

function constant() {
  // ok: shell-command-building
  return execSync("git " + "status");
}

const DATE_FORMAT = /(\d+)-(\d+)/;
function regex(day) {
  // ok: shell-command-building
  return DATE_FORMAT.exec(day + "-01");
}
