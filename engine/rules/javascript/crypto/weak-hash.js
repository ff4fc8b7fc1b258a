const crypto = require("crypto");
const { createHash } = require("crypto");

function store(password) {
  // ruleid: weak-hash
  return crypto.createHash("md5").update(password).digest("hex");
}

function fingerprint(file) {
  // ruleid: weak-hash
  return createHash("SHA1").update(file).digest("base64");
}

function sign(key, text) {
  // ruleid: weak-hash
  return crypto.createSign("RSA-SHA1").update(text).sign(key);
}

function strong(file) {
  // ok: weak-hash
  return createHash("sha256").update(file).digest("hex");
}

function chosen(algorithm, file) {
  // ok: weak-hash
  return crypto.createHash(algorithm).update(file).digest("hex");
}

function oneTimeCode(key, counter) {
  // ok: weak-hash
  return crypto.createHmac("sha1", key).update(counter).digest();
}
