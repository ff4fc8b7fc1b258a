const { spawn, spawnSync } = require('child_process');
const cp = require('child_process');

function run(args, opts) {
  // ruleid: command-injection-shell-option
  spawn('npm', args, { stdio: 'inherit', shell: true });
  // ruleid: command-injection-shell-option
  cp.spawnSync('tool', ['--name', opts.name], { shell: '/bin/bash' });
  // ruleid: command-injection-shell-option
  spawnSync('grep', [`--include=${opts.glob}`], { shell: true, encoding: 'utf8' });

  // ok: command-injection-shell-option
  spawn('npm', args, { stdio: 'inherit' });
  // ok: command-injection-shell-option
  spawn('npm', args, { shell: false });
  // ok: command-injection-shell-option
  spawn('npm', ['install', '--silent'], { shell: true });
  // ok: command-injection-shell-option
  workers.spawn('npm', args, { shell: process.platform });
}
