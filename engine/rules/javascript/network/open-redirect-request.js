app.get('/go', (req, res) => {
  // ruleid: open-redirect-request
  res.redirect(req.query.url);
  // ruleid: open-redirect-request
  res.redirect(302, req.query['next']);
  // ruleid: open-redirect-request
  res.redirect(req.body.returnTo || '/');
  const target = req.query.to;
  count(target);
  // ruleid: open-redirect-request
  res.redirect(target);

  // ok: open-redirect-request
  res.redirect('/done?next=' + encodeURIComponent(req.query.url));
  // ok: open-redirect-request
  res.redirect('/item/' + req.params.id);
  // ok: open-redirect-request
  res.redirect(req.session.returnTo);
  const next = req.query.next;
  if (isLocal(next)) {
    // ok: open-redirect-request
    res.redirect(next);
  }
});
