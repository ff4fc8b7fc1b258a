function login(req, res) {
  // ruleid: cookie-sent-in-clear
  res.cookie("session", req.session.id, { httpOnly: true, secure: false });
}

// ruleid: cookie-sent-in-clear
app.use(session({ secret: process.env.SECRET, resave: false, cookie: { secure: false } }));

function strict(req, res) {
  // ok: cookie-sent-in-clear
  res.cookie("session", req.session.id, { httpOnly: true, secure: true });
}

function mail(nodemailer) {
  // ok: cookie-sent-in-clear
  return nodemailer.createTransport({ host: "localhost", secure: false });
}
