function save({ name, id, ...rest }, [first]) {
  // ruleid: flow
  sink(name);
  // ok: flow
  sink(id);
  // ok: flow
  sink(first);
}
save({ name: source(), id: 7 }, ['safe']);
