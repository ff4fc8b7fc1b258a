const pug = require("pug");
const nunjucks = require("nunjucks");

app.get("/greet", (req, res) => {
  // ruleid: template-compiled-from-request
  res.send(pug.compile("h1 Hello " + req.query.name)());
});

app.post("/preview", function (req, res) {
  const text = `<h1>${req.body.title}</h1>`;
  // ruleid: template-compiled-from-request
  res.send(nunjucks.renderString(text, {}));
});

app.get("/fixed", (req, res) => {
  // ok: template-compiled-from-request
  res.send(pug.compile("h1 Hello #{name}")({ name: req.query.name }));
});

app.get("/file", (req, res) => {
  // ok: template-compiled-from-request
  res.send(nunjucks.renderString("<p>{{ name }}</p>", { name: req.query.name }));
});
