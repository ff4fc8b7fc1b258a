const crypto = require('crypto');

// ruleid: cipher-without-iv
const a = crypto.createCipher('aes-256-cbc', password);
// ruleid: cipher-without-iv
const b = crypto.createDecipher('aes192', 'secret');
// ruleid: cipher-without-iv
const c = require('crypto').createCipher(algorithm, password);
// ok: cipher-without-iv
const d = crypto.createCipheriv('aes-256-gcm', key, iv);
// ok: cipher-without-iv
const e = forge.cipher.createCipher('AES-GCM', key);
