const jwt = require('jsonwebtoken');

// ruleid: jwt-algorithm-none
const a = jwt.sign(claims, '', { algorithm: 'none' });
// ruleid: jwt-algorithm-none
const b = jwt.verify(token, key, { algorithms: ['HS256', 'none'] });
// ruleid: jwt-algorithm-none
const header = { alg: "none", typ: 'JWT' };
// ok: jwt-algorithm-none
const c = jwt.verify(token, key, { algorithms: ['RS256'] });
// ok: jwt-algorithm-none
const d = zip({ algorithm: 'deflate' });
// ok: jwt-algorithm-none
const e = { compression: 'none' };
