const jwt = require('jsonwebtoken');

// ruleid: jwt-secret-hardcoded
const token = jwt.sign({ sub: user.id }, 'shhhh', { expiresIn: '1h' });
// ruleid: jwt-secret-hardcoded
jwt.verify(token, "s3cret");
// ruleid: jwt-secret-hardcoded
const config = { port: 1, jwtSecret: 'access' };
// ruleid: jwt-secret-hardcoded
const JWT_SECRET = 'letmein';
// ok: jwt-secret-hardcoded
const good = jwt.sign({ sub: user.id }, process.env.JWT_SECRET);
// ok: jwt-secret-hardcoded
jwt.verify(token, key, { algorithms: ['RS256'] });
// ok: jwt-secret-hardcoded
const header = { jwtHeader: 'access' };
