const helmet = require('helmet');

// ruleid: helmet-protection-disabled
app.use(helmet({ contentSecurityPolicy: false }));
// ruleid: helmet-protection-disabled
app.use(helmet({ hidePoweredBy: true, frameguard: false }));
// ruleid: helmet-protection-disabled
app.use(helmet({ noSniff: true, hsts: false }));
// ok: helmet-protection-disabled
app.use(helmet());
// ok: helmet-protection-disabled
app.use(helmet({ contentSecurityPolicy: { directives } }));
// ok: helmet-protection-disabled
app.use(hat({ contentSecurityPolicy: false }));
