module.exports = function (command) {
  // ruleid: flow
  sink(command);
};
