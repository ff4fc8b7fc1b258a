// ruleid: cookie-without-secure
res.cookie('sid', id, { httpOnly: true, secure: false });
// ruleid: cookie-without-secure
app.use(session({ secret, cookie: { secure: false, maxAge: 1000 } }));
// ruleid: cookie-without-secure
const options = { cookie: { secure: false } };
// ok: cookie-without-secure
res.cookie('sid', id, { httpOnly: true, secure: true });
// ok: cookie-without-secure
app.use(session({ secret, cookie: { secure: 'auto' } }));
// ok: cookie-without-secure
transport({ secure: false, port: 25 });
