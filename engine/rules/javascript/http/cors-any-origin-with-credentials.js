const cors = require("cors");

app.use((req, res, next) => {
  // ruleid: cors-any-origin-with-credentials
  res.setHeader("Access-Control-Allow-Origin", "*");
  res.setHeader("Access-Control-Allow-Methods", "GET, POST");
  res.setHeader("Access-Control-Allow-Credentials", "true");
  next();
});

// ruleid: cors-any-origin-with-credentials
app.use(cors({ origin: "*", credentials: true }));

app.get("/public", (req, res) => {
  // ok: cors-any-origin-with-credentials
  res.setHeader("Access-Control-Allow-Origin", "*");
  res.json([]);
});

// ok: cors-any-origin-with-credentials
app.use(cors({ origin: "https://shop.example", credentials: true }));
