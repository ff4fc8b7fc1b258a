const crypto = require('crypto');

// ruleid: hardcoded-crypto-key
const a = crypto.createHmac('sha256', 'pa4qacea4VK9t9nGv7yZtwmj').update(data);
// ruleid: hardcoded-crypto-key
const b = crypto.createCipheriv('aes-128-cbc', "0123456789abcdef", iv);
// ruleid: hardcoded-crypto-key
const c = crypto.createDecipheriv('aes-128-cbc', Buffer.from('0123456789abcdef', 'utf8'), iv);
// ruleid: hardcoded-crypto-key
const d = CryptoJS.AES.encrypt(text, 'my key').toString();
// ok: hardcoded-crypto-key
const e = crypto.createHmac('sha256', process.env.KEY).update(data);
// ok: hardcoded-crypto-key
const f = crypto.createHmac('sha256', '').update(data);
// ok: hardcoded-crypto-key
const g = crypto.createHash('sha256', 'options');
