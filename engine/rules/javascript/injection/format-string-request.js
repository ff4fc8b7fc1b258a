app.post('/pay', (req, res) => {
  // ruleid: format-string-request
  console.log('payment by ' + req.body.user, err);
  // ruleid: format-string-request
  console.error(`payment ${req.params.id} failed`, err);
  // ruleid: format-string-request
  const line = util.format('user ' + req.query.name + ': %s', reason);
  // ok: format-string-request
  console.log('payment by %s', req.body.user, err);
  // ok: format-string-request
  console.log('payment by ' + req.body.user);
  // ok: format-string-request
  console.log('payment', req.body.user);
});
