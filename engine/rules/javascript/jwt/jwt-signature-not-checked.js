const jwt = require('jsonwebtoken');

function user(token, key) {
  // ruleid: jwt-signature-not-checked
  const claims = jwt.decode(token);
  // ruleid: jwt-signature-not-checked
  return jwt.decode(req.headers.token).sub;
}

function fine(token, key) {
  // ok: jwt-signature-not-checked
  const header = jwt.decode(token, { complete: true });
  // ok: jwt-signature-not-checked
  const text = base64.decode(token);
  const claims = jwt.verify(token, key, { algorithms: ['RS256'] });
  // ok: jwt-signature-not-checked
  return jwt.decode(token).sub;
}
