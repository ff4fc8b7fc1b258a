app.use((req, res, next) => {
  // ruleid: cors-origin-reflected
  res.header('Access-Control-Allow-Origin', req.headers.origin);
  // ruleid: cors-origin-reflected
  res.setHeader("access-control-allow-origin", req.get('Origin'));
  // ruleid: cors-origin-reflected
  res.set('Access-Control-Allow-Origin', req.headers.origin || '*');
  // ruleid: cors-origin-reflected
  headers['Access-Control-Allow-Origin'] = req.headers.origin;
  // ok: cors-origin-reflected
  headers['Access-Control-Allow-Origin'] = '*';
  // ok: cors-origin-reflected
  res.header('Access-Control-Allow-Origin', 'https://app.example.com');
  if (allowed.includes(req.headers.origin)) {
    // ok: cors-origin-reflected
    res.header('Access-Control-Allow-Origin', req.headers.origin);
  }
  // ok: cors-origin-reflected
  res.header('X-Seen-Origin', req.headers.origin);
  next();
});
