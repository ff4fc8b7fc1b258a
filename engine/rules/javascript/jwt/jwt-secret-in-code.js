const jwt = require("jsonwebtoken");
const expressJwt = require("express-jwt");

function issue(user) {
  // ruleid: jwt-secret-in-code
  return jwt.sign({ sub: user.id }, "parcel-desk-signing-key", { expiresIn: "1h" });
}

const KEY = "keep this one quiet";
function check(token) {
  // ruleid: jwt-secret-in-code
  return jwt.verify(token, KEY);
}

// ruleid: jwt-secret-in-code
app.use(expressJwt({ secret: "shhhhhhared-secret", algorithms: ["HS256"] }));

function fallback(user) {
  // ruleid: jwt-secret-in-code
  return jwt.sign({ sub: user.id }, process.env.JWT_SECRET || "development");
}

function fromEnvironment(user) {
  // ok: jwt-secret-in-code
  return jwt.sign({ sub: user.id }, process.env.JWT_SECRET, { expiresIn: "1h" });
}

function otherSign(crypto, data) {
  // ok: jwt-secret-in-code
  return crypto.sign(data, "sha256");
}
