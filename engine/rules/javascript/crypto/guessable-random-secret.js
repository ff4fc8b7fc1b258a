function session() {
  // ruleid: guessable-random-secret
  const token = Math.random().toString(36).slice(2);
  return token;
}

function account(user) {
  // ruleid: guessable-random-secret
  user.resetToken = "r" + Math.floor(Math.random() * 1e9);
}

function makePassword() {
  // ruleid: guessable-random-secret
  return Math.random().toString(36).slice(-8);
}

function delay() {
  // ok: guessable-random-secret
  const jitter = Math.random() * 100;
  return jitter;
}

function strong(crypto) {
  // ok: guessable-random-secret
  const token = crypto.randomBytes(32).toString("hex");
  return token;
}
