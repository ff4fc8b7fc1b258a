const session = require("express-session");
const cookieSession = require("cookie-session");
const cookieParser = require("cookie-parser");

app.use(session({
  // ruleid: session-secret-in-code
  secret: "keyboard dog",
  resave: false,
}));

// ruleid: session-secret-in-code
app.use(cookieSession({ name: "s", keys: ["first-key", "second-key"] }));

// ruleid: session-secret-in-code
app.use(cookieParser("kekse"));

// ok: session-secret-in-code
app.use(session({ secret: process.env.SESSION_SECRET, resave: false }));

// ok: session-secret-in-code
app.use(cookieParser());
