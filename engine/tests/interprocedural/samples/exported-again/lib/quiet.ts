export function quiet(text: string) {
  // ok: flow
  sink(text);
}
