const jwt = require('jsonwebtoken');

// ruleid: jwt-algorithms-not-pinned
const a = jwt.verify(token, key);
// ruleid: jwt-algorithms-not-pinned
jwt.verify(token, key, (err, claims) => { done(err, claims); });
// ruleid: jwt-algorithms-not-pinned
app.use(expressJwt({ secret: publicKey }));
// ok: jwt-algorithms-not-pinned
const b = jwt.verify(token, key, { algorithms: ['RS256'] });
// ok: jwt-algorithms-not-pinned
app.use(expressjwt({ secret: key, algorithms: ['RS256'] }));
// ok: jwt-algorithms-not-pinned
const c = signer.verify(token, key);
