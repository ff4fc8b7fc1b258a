// ruleid: trust-proxy-all
app.set('trust proxy', true);
// ruleid: trust-proxy-all
app.enable("trust proxy");
// ruleid: trust-proxy-all
const server = fastify({ logger: true, trustProxy: true });
// ok: trust-proxy-all
app.set('trust proxy', 1);
// ok: trust-proxy-all
app.set('trust proxy', 'loopback');
// ok: trust-proxy-all
app.enable('view cache');
