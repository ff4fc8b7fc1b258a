function log(level, ...parts) {
  // ok: flow
  sink(level);
  // ruleid: flow
  sink(parts.join(' '));
}
log('info', 'x', source());
function two(a, b) {
  // ruleid: flow
  sink(b);
}
const list = ['x', source()];
two(...list);
