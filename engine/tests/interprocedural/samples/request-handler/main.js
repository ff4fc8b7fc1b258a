function handler(req, res) {
  remove(req.query.id, 'label');
}
function remove(id, label) {
  const text = `delete ${id}`;
  // ruleid: flow
  sink(text);
  // ok: flow
  sink(label);
}
