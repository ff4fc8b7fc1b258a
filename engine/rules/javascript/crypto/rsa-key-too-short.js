const crypto = require('crypto');

// ruleid: rsa-key-too-short
crypto.generateKeyPairSync('rsa', { modulusLength: 1024 });
// ruleid: rsa-key-too-short
const keys = forge.pki.rsa.generateKeyPair(512);
// ruleid: rsa-key-too-short
const key = new NodeRSA({ b: 1024 });
// ok: rsa-key-too-short
crypto.generateKeyPairSync('rsa', { modulusLength: 3072 });
// ok: rsa-key-too-short
const good = forge.pki.rsa.generateKeyPair(2048);
// ok: rsa-key-too-short
crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
