// ruleid: csp-unsafe-scripts
app.use(helmet.contentSecurityPolicy({ directives: { scriptSrc: ["'self'", "'unsafe-inline'"] } }));
// ruleid: csp-unsafe-scripts
const policy = { defaultSrc: ["'self'"], 'script-src': ["'unsafe-eval'"] };
// ruleid: csp-unsafe-scripts
res.setHeader('Content-Security-Policy', "default-src 'self'; script-src 'self' 'unsafe-inline'");
// ok: csp-unsafe-scripts
app.use(helmet.contentSecurityPolicy({ directives: { scriptSrc: ["'self'"] } }));
// ok: csp-unsafe-scripts
const styles = { styleSrc: ["'self'", "'unsafe-inline'"] };
// ok: csp-unsafe-scripts
res.setHeader('Content-Security-Policy', "script-src 'self'; style-src 'unsafe-inline'");
