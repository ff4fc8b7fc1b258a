const _ = require("lodash");
const deepmerge = require("deepmerge");

app.post("/profile", (req, res) => {
  // ruleid: deep-merge-of-request
  _.merge(req.user, req.body);
  res.end();
});

app.put("/options", function (req, res) {
  // ruleid: deep-merge-of-request
  const options = deepmerge(DEFAULTS, req.body);
  res.json(options);
});

app.post("/picked", (req, res) => {
  // ok: deep-merge-of-request
  _.merge(req.user, { name: req.body.name });
  res.end();
});

app.post("/flat", (req, res) => {
  // ok: deep-merge-of-request
  res.json(Object.assign({}, req.body));
});
