export function write(text) {
  // ok: flow
  sink(text);
}
