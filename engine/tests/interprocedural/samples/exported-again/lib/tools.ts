export function go(text: string) {
  // ruleid: flow
  sink(text);
}
