function run(command = source()) {
  // Within one function.
  sink(command); // both
}
function show(text, style = 'plain') {
  // ok: flow
  sink(style);
  // ruleid: flow
  sink(text);
}
show(source());
