// A literal that is the source and the sink at once.
sign('secret'); // both
function run(key) {
  // ruleid: flow
  sign(key);
}
run(source());
run('safe');
