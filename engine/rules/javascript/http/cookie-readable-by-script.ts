export function login(req: Request, res: Response) {
  // ruleid: cookie-readable-by-script
  res.cookie("session", req.session.id, { httpOnly: false, sameSite: "lax" });
}

// ruleid: cookie-readable-by-script
app.use(session({ secret: process.env.SECRET, cookie: { maxAge: 3600000, httpOnly: false } }));

export function strict(req: Request, res: Response) {
  // ok: cookie-readable-by-script
  res.cookie("session", req.session.id, { httpOnly: true });
}

export function csrf(req: Request, res: Response) {
  // ok: cookie-readable-by-script
  res.cookie("XSRF-TOKEN", req.csrfToken(), { httpOnly: false });
}
