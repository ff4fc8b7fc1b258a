const { table } = require("./table");

function literal(id) {
  return { id, text: source() };
}

function walk() {
  const all = table("a");
  for (const name in all) {
    // ok: flow
    sink(name);
    // ruleid: flow
    sink(all[name]);
  }
  Object.keys(all).forEach((name) => {
    // ok: flow
    sink(name);
  });
  const copy = all;
  // ok: flow
  sink(Object.keys(copy));
  const one = literal("a");
  // ok: flow
  sink(Object.keys(one));
}

function names(body) {
  for (const name of Object.keys(body)) {
    // ruleid: flow
    sink(name);
  }
}

function namesOfLiteral(fields) {
  for (const name in fields) {
    // ok: flow
    sink(name);
  }
}

function namesOfKey(table) {
  // ruleid: flow
  sink(Object.getOwnPropertyNames(table));
}

function run() {
  names(source());
  namesOfLiteral({ id: source() });
  const named = {};
  named[source()] = 1;
  namesOfKey(named);
}
