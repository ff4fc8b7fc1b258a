const crypto = require("crypto");

const IV = Buffer.from("00112233445566778899aabbccddeeff", "hex");

function seal(key, text) {
  // ruleid: constant-iv
  const cipher = crypto.createCipheriv("aes-256-cbc", key, IV);
  return cipher.update(text, "utf8", "hex") + cipher.final("hex");
}

function sealShort(key, text) {
  // ruleid: constant-iv
  return crypto.createCipheriv("aes-256-ctr", key, "0123456789abcdef").update(text);
}

function sealZero(key, text) {
  // ruleid: constant-iv
  return crypto.createCipheriv("aes-256-gcm", key, Buffer.alloc(12)).update(text);
}

function fresh(key, text) {
  const iv = crypto.randomBytes(12);
  // ok: constant-iv
  return crypto.createCipheriv("aes-256-gcm", key, iv).update(text);
}

function reading(key, message) {
  // ok: constant-iv
  return crypto.createDecipheriv("aes-256-cbc", key, IV).update(message);
}

function ecb(key) {
  // ok: constant-iv
  return crypto.createCipheriv("aes-128-ecb", key, "");
}
