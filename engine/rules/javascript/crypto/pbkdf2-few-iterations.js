const crypto = require('crypto');

// ruleid: pbkdf2-few-iterations
const a = crypto.pbkdf2Sync(password, salt, 10000, 64, 'sha512');
// ruleid: pbkdf2-few-iterations
crypto.pbkdf2(password, salt, 1, 32, 'sha1', done);
// ok: pbkdf2-few-iterations
const b = crypto.pbkdf2Sync(password, salt, 600000, 64, 'sha256');
// ok: pbkdf2-few-iterations
crypto.pbkdf2(password, salt, rounds, 32, 'sha256', done);
// ok: pbkdf2-few-iterations
const c = crypto.scryptSync(password, salt, 64);
