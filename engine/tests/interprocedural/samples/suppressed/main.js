function run(command) {
  // nosemgrep: flow
  sink(command);
}
run(source());
