function make(size, text) {
  // ruleid: buffer-uninitialized
  const a = Buffer.allocUnsafe(size);
  // ruleid: buffer-uninitialized
  const b = new Buffer(1024);
  // ruleid: buffer-uninitialized
  const c = new Buffer(text.length);
  // ok: buffer-uninitialized
  const d = Buffer.alloc(size);
  // ok: buffer-uninitialized
  const e = new Buffer(text, 'base64');
  // ok: buffer-uninitialized
  const f = Buffer.from(text);
  // ok: buffer-uninitialized
  const g = Buffer.allocUnsafe(size).fill(0);
  return [a, b, c, d, e, f, g];
}
