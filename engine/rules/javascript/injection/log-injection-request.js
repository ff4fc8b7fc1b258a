app.post('/login', (req, res) => {
  // ruleid: log-injection-request
  console.log('login of ' + req.body.user);
  // ruleid: log-injection-request
  logger.warn(`login of ${req.body.user} failed`);
  // ruleid: log-injection-request
  console.error('no such item ' + req.params.id + ', sorry');

  // ok: log-injection-request
  logger.warn({ user: req.body.user }, 'login failed');
  // ok: log-injection-request
  console.log('login of ' + JSON.stringify(req.body.user));
  // ok: log-injection-request
  console.log(`login of ${req.user.id}`);
  // ok: log-injection-request
  console.log('login');
});
