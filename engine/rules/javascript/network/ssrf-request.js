const axios = require('axios');
const needle = require('needle');

app.get('/proxy', async (req, res) => {
  // ruleid: ssrf-request
  const a = await axios.get(req.query.url);
  // ruleid: ssrf-request
  const b = await fetch('https://' + req.params.host + '/status');
  const url = req.query.url + req.query.symbol;
  // ruleid: ssrf-request
  needle.get(url, done);
  const { target } = req.body;
  // ruleid: ssrf-request
  await axios({ method: 'get', url: target });

  // ok: ssrf-request
  await axios.get('https://api.example.com/items');
  // ok: ssrf-request
  await axios.post('https://api.example.com/items', { name: req.body.name });
  // ok: ssrf-request
  const r = cache.get(req.query.url);
  // ok: ssrf-request
  res.redirect(req.query.url);
});
