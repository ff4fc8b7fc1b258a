app.post('/profile', (req, res) => {
  // ruleid: render-options-from-request
  res.render('profile', req.body);
  // ruleid: render-options-from-request
  res.render('profile', { ...req.query, user: req.user });
  // ruleid: render-options-from-request
  res.render(req.params.page, { user: req.user });
  // ruleid: render-options-from-request
  res.render('pages/' + req.params.page);
  // ok: render-options-from-request
  res.render('profile', { name: req.body.name });
  // ok: render-options-from-request
  res.render('profile', { user: req.user });
  // ok: render-options-from-request
  res.render('pages/profile');
});
