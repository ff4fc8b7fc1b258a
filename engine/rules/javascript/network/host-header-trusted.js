function mail(req, token) {
  // ruleid: host-header-trusted
  const a = 'http://' + req.headers.host + '/reset/' + token;
  // ruleid: host-header-trusted
  const b = `https://${req.headers.host}/reset/${token}`;
  // ruleid: host-header-trusted
  const c = req.protocol + '://' + req.get('host') + '/reset/' + token;
  // ruleid: host-header-trusted
  const d = `${req.protocol}://${req.get('Host')}/reset/${token}`;

  // ok: host-header-trusted
  const e = `https://${config.host}/reset/${token}`;
  // ok: host-header-trusted
  const f = new URL(req.url, `http://${req.headers.host}`);
  // ok: host-header-trusted
  const g = `request for ${req.headers.host}`;
  return [a, b, c, d, e, f, g];
}
