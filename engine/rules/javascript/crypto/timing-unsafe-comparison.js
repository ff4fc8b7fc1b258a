const crypto = require('crypto');

function verify(body, key, given) {
  const expected = crypto.createHmac('sha256', key).update(body).digest('hex');
  // ruleid: timing-unsafe-comparison
  if (given === expected) return true;
  // ruleid: timing-unsafe-comparison
  if (expected != given) return false;
  // ok: timing-unsafe-comparison
  if (given === undefined) return false;
  // ok: timing-unsafe-comparison
  return crypto.timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function same(a, b) {
  const digest = crypto.createHash('sha256').update(a).digest('hex');
  // ok: timing-unsafe-comparison
  return digest === b;
}
