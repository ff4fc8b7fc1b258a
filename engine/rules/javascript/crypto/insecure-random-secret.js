// ruleid: insecure-random-secret
const token = Math.random().toString(36).slice(2);
// ruleid: insecure-random-secret
user.resetToken = 'r' + Math.floor(Math.random() * 1e9);
// ruleid: insecure-random-secret
const session = { id: 1, csrf: String(Math.random()) };
// ok: insecure-random-secret
const delay = Math.random() * 1000;
// ok: insecure-random-secret
const token2 = crypto.randomBytes(32).toString('hex');
// ok: insecure-random-secret
const makeToken = function () { return jitter(Math.random()); };
// ok: insecure-random-secret
const tokenise = Math.random() > 0.5;
