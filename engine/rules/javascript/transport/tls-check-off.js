const https = require("https");
const request = require("request");

// ruleid: tls-check-off
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });

function fetchRates(done) {
  request({
    url: "https://rates.example",
    // ruleid: tls-check-off
    strictSSL: false,
  }, done);
}

function relax(options) {
  // ruleid: tls-check-off
  options.rejectUnauthorized = false;
}

// ok: tls-check-off
const strict = new https.Agent({ rejectUnauthorized: true });

// ok: tls-check-off
const chosen = new https.Agent({ rejectUnauthorized: process.env.NODE_ENV !== "test" });
