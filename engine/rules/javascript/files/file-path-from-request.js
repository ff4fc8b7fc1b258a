const fs = require("fs");
const path = require("path");

app.get("/logs/:name", (req, res) => {
  // ruleid: file-path-from-request
  fs.createReadStream("/var/log/app/" + req.params.name).pipe(res);
});

app.post("/notes", async function (req, res) {
  // ruleid: file-path-from-request
  await fs.promises.writeFile(path.join(ROOT, req.body.name), "hello");
  res.sendStatus(201);
});

app.get("/exists", (req, res) => {
  // ruleid: file-path-from-request
  res.json(fs.statSync(`${ROOT}/${req.query.file}`));
});

app.get("/safe/:name", (req, res) => {
  // ok: file-path-from-request
  fs.createReadStream(path.join(ROOT, path.basename(req.params.name))).pipe(res);
});

app.post("/text", (req, res) => {
  // ok: file-path-from-request
  fs.writeFileSync("/tmp/text", req.body.text);
  res.end();
});
