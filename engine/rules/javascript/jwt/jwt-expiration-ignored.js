// ruleid: jwt-expiration-ignored
jwt.verify(token, key, { algorithms: ['RS256'], ignoreExpiration: true });
// ruleid: jwt-expiration-ignored
options.ignoreExpiration = true;
// ruleid: jwt-expiration-ignored
new JwtStrategy({ secretOrKey: key, ignoreExpiration: true }, check);
// ok: jwt-expiration-ignored
jwt.verify(token, key, { algorithms: ['RS256'], ignoreExpiration: false });
// ok: jwt-expiration-ignored
options.ignoreExpiration = config.test;
