const pug = require('pug');
const ejs = require('ejs');

function profile(user) {
  let text = fs.readFileSync('profile.pug').toString();
  text = text.replace(/_username_/g, user.name);
  // ruleid: template-compiled-from-variable
  return pug.compile(text)(user);
}

app.get('/hello', (req, res) => {
  // ruleid: template-compiled-from-variable
  const a = ejs.render('<h1>Hello ' + req.query.name + '</h1>');
  // ruleid: template-compiled-from-variable
  const b = nunjucks.renderString(`Hello ${req.query.name}`);
  // ruleid: template-compiled-from-variable
  const c = Handlebars.compile(req.body.template);
  const page = '<p>Hello ' + req.body.name + '</p>';
  count(page);
  // ruleid: template-compiled-from-variable
  res.send(ejs.render(page, { user: 1 }));
});

function fine(req, user) {
  const text = fs.readFileSync('profile.pug').toString();
  // ok: template-compiled-from-variable
  const a = pug.compile(text)(user);
  const label = user.name.replace(/_/g, ' ');
  // ok: template-compiled-from-variable
  const b = pug.compile(layout)({ label });
  // ok: template-compiled-from-variable
  const c = ejs.render('<h1><%= name %></h1>', { name: req.query.name });
  // ok: template-compiled-from-variable
  const d = canvas.render('<h1>' + user.name);
  // ok: template-compiled-from-variable
  const e = ejs.render('<h1>' + '<%= name %></h1>', { name: user.name });
}
