app.get("/search", (req, res) => {
  // ruleid: response-echoes-request
  res.send("<p>No results for " + req.query.q + "</p>");
});

app.get("/hello/:name", function (req, res) {
  // ruleid: response-echoes-request
  res.status(200).send(`Hello ${req.params.name}`);
});

app.post("/echo", async (req, res) => {
  // ruleid: response-echoes-request
  res.end(req.body.text);
});

app.get("/json", (req, res) => {
  // ok: response-echoes-request
  res.json({ q: req.query.q });
});

app.get("/escaped", (req, res) => {
  // ok: response-echoes-request
  res.send("<p>" + escapeHtml(req.query.q) + "</p>");
});

app.get("/text", (req, res) => {
  res.type("text/plain");
  // ok: response-echoes-request
  res.send("You asked for " + req.query.q);
});
