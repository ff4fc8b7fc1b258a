const cors = require('cors');

// ruleid: cors-credentials-any-origin
app.use(cors({ origin: true, credentials: true }));
// ruleid: cors-credentials-any-origin
const options = { credentials: true, methods: ['GET'], origin: '*' };
app.use((req, res, next) => {
  res.header('Access-Control-Allow-Origin', req.headers.origin);
  // ruleid: cors-credentials-any-origin
  res.header('Access-Control-Allow-Credentials', 'true');
  next();
});
// ok: cors-credentials-any-origin
app.use(cors({ origin: ['https://app.example.com'], credentials: true }));
// ok: cors-credentials-any-origin
app.use(cors({ origin: true }));
app.use((req, res, next) => {
  res.header('Access-Control-Allow-Origin', 'https://app.example.com');
  // ok: cors-credentials-any-origin
  res.header('Access-Control-Allow-Credentials', 'true');
  next();
});
