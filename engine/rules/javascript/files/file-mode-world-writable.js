const fs = require('fs');

// ruleid: file-mode-world-writable
fs.chmodSync(file, 0o777);
// ruleid: file-mode-world-writable
fs.chmod(file, '0666', done);
// ruleid: file-mode-world-writable
fs.mkdirSync(dir, { recursive: true, mode: 0o777 });
// ruleid: file-mode-world-writable
fs.mkdirSync(dir, 0777);
// ok: file-mode-world-writable
fs.chmodSync(file, 0o755);
// ok: file-mode-world-writable
fs.chmod(file, '600', done);
// ok: file-mode-world-writable
fs.mkdirSync(dir, { recursive: true });
// ok: file-mode-world-writable
fs.chmodSync(file, stat.mode | 0o111);
