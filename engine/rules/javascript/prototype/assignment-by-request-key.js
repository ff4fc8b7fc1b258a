const rooms = {};

app.post("/rooms/:room/:seat", (req, res) => {
  // ruleid: assignment-by-request-key
  rooms[req.params.room][req.params.seat] = req.body.guest;
  res.end();
});

app.post("/settings", function (req, res) {
  const { section, value } = req.body;
  // ruleid: assignment-by-request-key
  settings[section].value = value;
  res.end();
});

app.post("/flat", (req, res) => {
  // ok: assignment-by-request-key
  rooms[req.params.room] = req.body.guest;
  res.end();
});

app.post("/map", (req, res) => {
  // ok: assignment-by-request-key
  seats.get(req.params.room).guest = req.body.guest;
  res.end();
});
