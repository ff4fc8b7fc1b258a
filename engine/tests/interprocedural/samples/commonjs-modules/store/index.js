const api = module.exports;
api.read = function () {
  return source();
};
api.write = (name, value) => {
  // ok: flow
  sink(name);
  // ruleid: flow
  sink(value);
};
exports.drop = drop;
function drop(name) {
  // ruleid: flow
  sink(name);
}
module.exports.list = function (name) {
  // ruleid: flow
  sink(name);
};
