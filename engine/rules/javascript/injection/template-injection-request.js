const ejs = require('ejs');
const pug = require('pug');

app.get('/hello', (req, res) => {
  // ruleid: template-injection-request
  const page = ejs.render('<h1>Hello ' + req.query.name + '</h1>');
  // ruleid: template-injection-request
  res.send(pug.compile(`p ${req.query.text}`)());
  const greeting = req.body.greeting;
  // ruleid: template-injection-request
  res.send(nunjucks.renderString(greeting, {}));
  // ok: template-injection-request
  const hello = ejs.compile('<h1><%= name %></h1>');
  // ok: template-injection-request
  res.render('hello', { name: req.query.name });
  // ok: template-injection-request
  const fn = Handlebars.compile(layout);
});
