const crypto = require('crypto');
const { createHash } = require('crypto');

// ruleid: weak-hash-algorithm
const a = crypto.createHash('md5').update(data).digest('hex');
// ruleid: weak-hash-algorithm
const b = createHash("sha1");
// ruleid: weak-hash-algorithm
const c = require('crypto').createHash('SHA1');
// ruleid: weak-hash-algorithm
const d = crypto.createSign('RSA-SHA1');
// ok: weak-hash-algorithm
const e = crypto.createHash('sha256').update(data).digest('hex');
// ok: weak-hash-algorithm
const f = crypto.createHash(algorithm);
// ok: weak-hash-algorithm
const g = crypto.randomBytes(16).toString('hex') + 'md5';
