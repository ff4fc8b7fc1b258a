const helpers = {
  run(command) {
    // ruleid: flow
    sink(command);
  },
  stop: function (name) {
    // ok: flow
    sink(name);
  },
  twice(command) {
    this.run(command);
  },
};
helpers.twice(source());
helpers.stop('x');
const later = {};
later.go = (command) => {
  // ruleid: flow
  sink(command);
};
later.go(source());
