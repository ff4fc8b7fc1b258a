function save(options) {
  // ruleid: flow
  sink(options.name);
  // ok: flow
  sink(options.id);
}
save({ name: source(), id: 7 });
function main() {
  const options = {};
  options.name = 'safe';
  options.other = source();
  save(options);
}
