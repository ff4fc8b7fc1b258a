function load(done) {
  done(null, source());
}
load(function (error, data) {
  // ok: flow
  sink(error);
  // ruleid: flow
  sink(data);
});
function handler(error, data) {
  // ruleid: flow
  sink(data);
}
load(handler);
function through(next) {
  load(next);
}
through((error, data) => {
  // ruleid: flow
  sink(data);
});
