const crypto = require('crypto');

function seal(key, text, iv) {
  // ruleid: static-initialization-vector
  const a = crypto.createCipheriv('aes-256-cbc', key, '1234567890123456');
  // ruleid: static-initialization-vector
  const b = crypto.createCipheriv('aes-256-cbc', key, Buffer.alloc(16, 0));
  // ruleid: static-initialization-vector
  const c = crypto.createCipheriv('aes-128-cbc', key, Buffer.from('0102030405060708', 'hex'));
  const zero = Buffer.alloc(16);
  // ruleid: static-initialization-vector
  const d = crypto.createCipheriv('aes-256-cbc', key, zero);
  // ok: static-initialization-vector
  const e = crypto.createCipheriv('aes-256-gcm', key, crypto.randomBytes(12));
  // todook: static-initialization-vector
  const f = crypto.createCipheriv('aes-256-gcm', key, iv);
  // ok: static-initialization-vector
  const g = crypto.createCipheriv('aes-128-ecb', key, '');
  // ok: static-initialization-vector
  const h = crypto.createDecipheriv('aes-256-cbc', key, text.slice(0, 16));
}
