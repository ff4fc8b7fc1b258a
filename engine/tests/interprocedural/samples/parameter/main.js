function run(command, label) {
  // ruleid: flow
  sink(command);
  // ok: flow
  sink(label);
}
run(source(), 'label');
run('safe', source().length > 3 ? 'a' : 'b');
