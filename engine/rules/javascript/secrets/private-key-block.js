// ruleid: private-key-block
const KEY = "-----BEGIN RSA PRIVATE KEY-----\nTm90QVJlYWxLZXlCdXRBU2FtcGxlRm9yVGhlUnVsZQ==\n-----END RSA PRIVATE KEY-----";

// ok: private-key-block
const HEAD = "-----BEGIN RSA PRIVATE KEY-----";

// ok: private-key-block
const PUBLIC = "-----BEGIN PUBLIC KEY-----\nTm90QVJlYWxLZXlCdXRBU2FtcGxlRm9yVGhlUnVsZQ==\n-----END PUBLIC KEY-----";

// ok: private-key-block
const isKey = (text) => /-----BEGIN PRIVATE KEY-----/.test(text);
