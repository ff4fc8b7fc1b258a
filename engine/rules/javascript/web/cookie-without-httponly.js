// ruleid: cookie-without-httponly
res.cookie('sid', id, { httpOnly: false, maxAge: 1000 });
// ruleid: cookie-without-httponly
app.use(session({ secret, cookie: { httpOnly: false } }));
// ruleid: cookie-without-httponly
app.use(cookieSession({ keys, httpOnly: false }));
// ok: cookie-without-httponly
res.cookie('sid', id, { httpOnly: true, secure: true });
// ok: cookie-without-httponly
app.use(session({ secret, cookie: { httpOnly: true } }));
// ok: cookie-without-httponly
const agent = request({ httpOnly: false });
