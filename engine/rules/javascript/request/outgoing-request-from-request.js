const axios = require("axios");

app.get("/preview", async (req, res) => {
  // ruleid: outgoing-request-from-request
  const page = await axios.get(req.query.url);
  res.json({ title: page.data });
});

app.post("/hook", async function (req, res) {
  // ruleid: outgoing-request-from-request
  await fetch(`http://${req.body.host}/ping`);
  res.sendStatus(204);
});

app.post("/image", async (req, res) => {
  const url = req.body.imageUrl;
  // ruleid: outgoing-request-from-request
  const image = await fetch(url);
  image.body.pipe(res);
});

app.get("/weather", async (req, res) => {
  // ok: outgoing-request-from-request
  const answer = await axios.get("https://weather.example/v1", { params: { city: req.query.city } });
  res.json(answer.data);
});

app.get("/user/:id", async (req, res) => {
  // ok: outgoing-request-from-request
  res.json(await axios.get(`https://api.example/users/${encodeURIComponent(req.params.id)}`));
});

app.get("/cache", (req, res) => {
  // ok: outgoing-request-from-request
  res.json(cache.get(req.query.key));
});
