app.post('/do', (req, res) => {
  // ruleid: dynamic-method-call-request
  res.json(actions[req.body.action](req.body.value));
  const op = req.query.op;
  // ruleid: dynamic-method-call-request
  const out = math[op](2, 3);
  // ok: dynamic-method-call-request
  const run = table.get(req.body.action);
  // ok: dynamic-method-call-request
  res.json(values[req.body.key]);
  // ok: dynamic-method-call-request
  list[0](req.body.value);
});
