app.get("/codes", (req, res) => {
  // ruleid: regex-from-request
  const pattern = new RegExp(req.query.pattern);
  res.json(CODES.filter((code) => pattern.test(code)));
});

app.get("/people", function (req, res) {
  const term = req.query.term;
  // ruleid: regex-from-request
  People.find({ name: new RegExp("^" + term, "i") }, (error, found) => res.json(found));
});

app.get("/escaped", (req, res) => {
  // ok: regex-from-request
  const pattern = new RegExp(escapeRegExp(req.query.term), "i");
  res.json(CODES.filter((code) => pattern.test(code)));
});

app.get("/constant", (req, res) => {
  // ok: regex-from-request
  res.json(new RegExp("^[A-Z]{2}$").test(req.query.code));
});
