function keep(req) {
  // ruleid: buffer-from-constructor
  return new Buffer(req.body.data);
}

function part(part) {
  // ruleid: buffer-from-constructor
  return new Buffer(part);
}

function room(size) {
  // ok: buffer-from-constructor
  return new Buffer(size);
}

function decode(text) {
  // ok: buffer-from-constructor
  return new Buffer(text, "base64");
}

function joined(name, password) {
  // ok: buffer-from-constructor
  return new Buffer(name + ":" + password);
}

function fallback(value) {
  // ok: buffer-from-constructor
  return Buffer.from ? Buffer.from(value) : new Buffer(value);
}

function text(value) {
  // ok: buffer-from-constructor
  return Buffer.from(value);
}

function constant() {
  // ok: buffer-from-constructor
  return new Buffer("hello");
}
