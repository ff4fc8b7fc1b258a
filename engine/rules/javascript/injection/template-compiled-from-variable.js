const pug = require('pug');

function page(user) {
  let text = fs.readFileSync('profile.pug').toString();
  text = text.replace(/_username_/g, user.name);
  // ruleid: template-compiled-from-variable
  return pug.compile(text)(user);
}

function mail(user, body) {
  body = body.replace('@name', user.name);
  log(body);
  // ruleid: template-compiled-from-variable
  return ejs.render(body, {});
}

function fine(user) {
  const text = fs.readFileSync('profile.pug').toString();
  // ok: template-compiled-from-variable
  return pug.compile(text)(user);
}

function alsoFine(user) {
  const label = user.name.replace(/_/g, ' ');
  // ok: template-compiled-from-variable
  return pug.compile(layout)({ label });
}
