import crypto, { createDecipheriv } from "node:crypto";

export function oldCard(key: Buffer, iv: Buffer, text: string) {
  // ruleid: weak-cipher
  const cipher = crypto.createCipheriv("des-ede3-cbc", key, iv);
  return cipher.update(text, "utf8", "hex") + cipher.final("hex");
}

export function block(key: Buffer, data: Buffer) {
  // ruleid: weak-cipher
  return createDecipheriv("aes-128-ecb", key, null).update(data);
}

export function sealed(key: Buffer, iv: Buffer) {
  // ok: weak-cipher
  return crypto.createCipheriv("aes-256-gcm", key, iv);
}

export function chosen(name: string, key: Buffer, iv: Buffer) {
  // ok: weak-cipher
  return crypto.createCipheriv(name, key, iv);
}
