function safely(value) {
  return clean(value);
}
function run(value) {
  const safe = safely(value);
  // ok: flow
  sink(safe);
  // ruleid: flow
  sink(value);
}
run(source());
