export function write(text) {
  // ruleid: flow
  sink(text);
}
