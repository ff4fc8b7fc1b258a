function parse(text) {
  const value = source();
  return { value, length: 3 };
}
function main() {
  const { value, length } = parse('x');
  // ruleid: flow
  sink(value);
  // ok: flow
  sink(length);
  const whole = parse('x');
  // ruleid: flow
  sink(whole.value);
  // ok: flow
  sink(whole.length);
}
