const crypto = require("crypto");
const forge = require("node-forge");

function seal(text, password) {
  // ruleid: cipher-from-password
  const cipher = crypto.createCipher("aes-256-cbc", password);
  return cipher.update(text, "utf8", "hex") + cipher.final("hex");
}

function open(text) {
  // ruleid: cipher-from-password
  const decipher = crypto.createDecipher("aes192", process.env.SECRET);
  return decipher.update(text, "hex", "utf8") + decipher.final("utf8");
}

function sealWithIv(key, iv) {
  // ok: cipher-from-password
  return crypto.createCipheriv("aes-256-gcm", key, iv);
}

function forgeCipher(key) {
  // ok: cipher-from-password
  return forge.cipher.createCipher("AES-GCM", key);
}
