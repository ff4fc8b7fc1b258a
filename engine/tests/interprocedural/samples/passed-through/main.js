function second(a, b) {
  return b;
}
function main() {
  // refuted: flow
  sink(second(source(), 'safe'));
  const kept = second('safe', source());
  // Also found without following the call: its result is taken for what its arguments are.
  sink(kept); // both
}
