function read() {
  return source();
}
const fixed = () => 'fixed';
function main() {
  // ruleid: flow
  sink(read());
  // refuted: flow
  sink(fixed(source()));
}
