const https = require('https');

// ruleid: tls-verification-disabled
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
// ruleid: tls-verification-disabled
options.rejectUnauthorized = false;
// ruleid: tls-verification-disabled
request({ url, strictSSL: false }, done);
// ruleid: tls-verification-disabled
tls.connect({ host, port: 443, checkServerIdentity: () => undefined });
// ok: tls-verification-disabled
const good = new https.Agent({ rejectUnauthorized: true });
// ok: tls-verification-disabled
const other = new https.Agent({ ca: fs.readFileSync('ca.pem') });
// ok: tls-verification-disabled
const parsed = parse({ strict: false });
