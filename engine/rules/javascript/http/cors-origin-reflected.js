const cors = require("cors");

app.use((req, res, next) => {
  // ruleid: cors-origin-reflected
  res.setHeader("Access-Control-Allow-Origin", req.headers.origin);
  next();
});

app.get("/feed", (req, res) => {
  // ruleid: cors-origin-reflected
  res.header("access-control-allow-origin", req.get("Origin") || "*");
  res.json([]);
});

// ruleid: cors-origin-reflected
app.use(cors({ origin: true, credentials: true }));

// ok: cors-origin-reflected
app.use(cors({ origin: "https://shop.example", credentials: true }));

app.use((req, res, next) => {
  if (ALLOWED.includes(req.headers.origin)) {
    // ok: cors-origin-reflected
    res.setHeader("Access-Control-Allow-Origin", req.headers.origin);
  }
  next();
});
