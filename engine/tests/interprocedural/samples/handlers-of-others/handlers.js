exports.save = (data) => {
  // ruleid: flow
  sink(data);
};
exports.count = (data) => {
  // ok: flow
  sink(data.length);
};
exports.unused = (data) => {
  // ok: flow
  sink(data);
};
