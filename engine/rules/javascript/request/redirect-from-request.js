app.get("/login/done", (req, res) => {
  // ruleid: redirect-from-request
  res.redirect(req.query.next || "/");
});

function leave(req, res) {
  // ruleid: redirect-from-request
  return res.redirect(302, req.query.url);
}

app.post("/go", (req, res) => {
  const target = req.body.target;
  // ruleid: redirect-from-request
  res.redirect(target);
});

app.get("/fixed", (req, res) => {
  // ok: redirect-from-request
  res.redirect("/search?q=" + encodeURIComponent(req.query.q));
});

app.get("/checked", (req, res) => {
  if (isOurPath(req.query.next)) {
    // ok: redirect-from-request
    return res.redirect(req.query.next);
  }
  // ok: redirect-from-request
  return res.redirect("/");
});
