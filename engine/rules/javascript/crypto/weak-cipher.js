const crypto = require('crypto');

// ruleid: weak-cipher
const a = crypto.createCipheriv('des-ede3-cbc', key, iv);
// ruleid: weak-cipher
const b = crypto.createDecipheriv("aes-128-ecb", key, null);
// ruleid: weak-cipher
const c = crypto.createCipheriv('rc4', key, '');
// ruleid: weak-cipher
const d = crypto.createCipher('bf-cbc', password);
// ok: weak-cipher
const e = crypto.createCipheriv('aes-256-gcm', key, iv);
// ok: weak-cipher
const f = crypto.createCipheriv(algorithm, key, iv);
// ok: weak-cipher
const g = tools.encrypt('des', key);
