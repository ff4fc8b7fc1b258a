const jwt = require("jsonwebtoken");

function attach(req, res, next) {
  // ruleid: jwt-read-without-check
  req.user = jwt.decode(req.headers.authorization.slice(7));
  next();
}

function admin(req) {
  // ruleid: jwt-read-without-check
  const { role } = jwt.decode(req.cookies.token, { json: true });
  return role === "admin";
}

function checked(token, key) {
  // ok: jwt-read-without-check
  return jwt.verify(token, key, { algorithms: ["RS256"] });
}

function keyOf(token, keys) {
  // ok: jwt-read-without-check
  const { header } = jwt.decode(token, { complete: true });
  return keys[header.kid];
}

function text(decoder, bytes) {
  // ok: jwt-read-without-check
  return decoder.decode(bytes);
}
