app.get('/hello', (req, res) => {
  // ruleid: express-reflected-html
  res.send('<h1>Hello ' + req.query.name + '</h1>');
  // ruleid: express-reflected-html
  res.send(`<h1>Hello ${req.query.name}</h1>`);
  // ruleid: express-reflected-html
  res.write('<p>' + req.params.id);
  // ruleid: express-reflected-html
  res.status(404).send('No such page: ' + req.query.page);
  const name = req.body.name;
  // ruleid: express-reflected-html
  res.end('Thanks, ' + name);

  // ok: express-reflected-html
  res.json({ name: req.query.name });
  // ok: express-reflected-html
  res.send('<h1>Hello ' + escapeHtml(req.query.name) + '</h1>');
  // ok: express-reflected-html
  res.render('hello', { name: req.query.name });
  // ok: express-reflected-html
  socket.send('hello ' + req.query.name);
  // ok: express-reflected-html
  res.send('<h1>Hello</h1>');
});
