const tls = require('tls');

// ruleid: tls-old-version
https.createServer({ key, cert, secureProtocol: 'TLSv1_method' }, app);
// ruleid: tls-old-version
tls.connect({ host, minVersion: "TLSv1" });
// ruleid: tls-old-version
tls.DEFAULT_MIN_VERSION = 'TLSv1.1';
// ruleid: tls-old-version
options.secureProtocol = 'SSLv3_method';
// ok: tls-old-version
tls.connect({ host, minVersion: 'TLSv1.2' });
// ok: tls-old-version
https.createServer({ key, cert, secureProtocol: 'TLSv1_2_method' }, app);
// ok: tls-old-version
check({ minVersion: '1.0.0' });
