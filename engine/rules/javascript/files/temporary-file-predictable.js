const fs = require('fs');
const os = require('os');
const path = require('path');

// ruleid: temporary-file-predictable
fs.writeFileSync('/tmp/app.json', data);
// ruleid: temporary-file-predictable
fs.createWriteStream("/tmp/app.log");
// ruleid: temporary-file-predictable
fs.writeFileSync(path.join(os.tmpdir(), 'app.cache'), data);
// ruleid: temporary-file-predictable
const file = path.join(os.tmpdir(), 'app-' + Date.now());

// ok: temporary-file-predictable
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'app-'));
// ok: temporary-file-predictable
fs.writeFileSync('/tmp/app.json', data, { flag: 'wx' });
// ok: temporary-file-predictable
fs.writeFileSync('./tmp/app.json', data);
// ok: temporary-file-predictable
fs.readFileSync('/tmp/app.json');
