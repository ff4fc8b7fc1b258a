const csrf = require('csurf');

// ruleid: csrf-protection-weakened
app.use(csrf({ cookie: true, ignoreMethods: ['GET', 'HEAD', 'POST'] }));
// ruleid: csrf-protection-weakened
app.use(lusca({ csrf: false, xframe: 'SAMEORIGIN' }));
// ruleid: csrf-protection-weakened
const server = new ApolloServer({ schema, csrfPrevention: false });
// ok: csrf-protection-weakened
app.use(csrf({ cookie: true, ignoreMethods: ['GET', 'HEAD', 'OPTIONS'] }));
// ok: csrf-protection-weakened
app.use(lusca({ csrf: true }));
// ok: csrf-protection-weakened
app.use(csrf());
