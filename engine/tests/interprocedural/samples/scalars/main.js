function run(count, flag, text) {
  // ok: flow
  sink(count);
  // ok: flow
  sink(flag);
  // ruleid: flow
  sink(text);
}
const data = source();
run(data.length + 1, data === 'x' || data.includes('y'), data + 1);
run(parseInt(data, 10) * 2, !data, 'x');
