function run(command) {
  // ok: flow
  sink(command);
}
function main(run) {
  run(source());
}
function other() {
  const run = (text) => text;
  run(source());
}
let either = run;
either = console.log;
either(source());
