const crypto = require("crypto");
const { pbkdf2Sync } = require("crypto");

function store(password, salt, done) {
  // ruleid: few-pbkdf2-rounds
  crypto.pbkdf2(password, salt, 1000, 64, "sha512", done);
}

const ROUNDS = 4096;
function derive(password, salt) {
  // ruleid: few-pbkdf2-rounds
  return pbkdf2Sync(password, salt, ROUNDS, 32, "sha256");
}

function enough(password, salt) {
  // ok: few-pbkdf2-rounds
  return crypto.pbkdf2Sync(password, salt, 600000, 32, "sha256");
}

function chosen(password, salt, rounds) {
  // ok: few-pbkdf2-rounds
  return crypto.pbkdf2Sync(password, salt, rounds, 32, "sha256");
}
