const session = require('express-session');

// ruleid: session-secret-hardcoded
app.use(session({ secret: 'keyboard cat', resave: false }));
// ruleid: session-secret-hardcoded
app.use(cookieParser("kekse"));
// ruleid: session-secret-hardcoded
app.use(cookieSession({ name: 's', keys: ['old key', 'new key'] }));
// ok: session-secret-hardcoded
app.use(session({ secret: process.env.SESSION_SECRET, resave: false }));
// ok: session-secret-hardcoded
app.use(cookieParser());
// ok: session-secret-hardcoded
app.use(cookieParser(config.cookieSecret));
// ok: session-secret-hardcoded
const secret = store.session({ name: 'keyboard cat' });
