// ruleid: cookie-secret-without-flags
res.cookie('token', jwt);
// ruleid: cookie-secret-without-flags
res.cookie("access_token", jwt, { maxAge: 1000 });
// ruleid: cookie-secret-without-flags
response.cookie('remember_me', value, {});
// ok: cookie-secret-without-flags
res.cookie('token', jwt, { httpOnly: true, secure: true });
// ok: cookie-secret-without-flags
res.cookie('lang', lang);
// ok: cookie-secret-without-flags
res.cookie('tokenise', lang);
// ok: cookie-secret-without-flags
jar.cookie('token', jwt);
