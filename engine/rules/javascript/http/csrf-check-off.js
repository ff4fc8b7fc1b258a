// ruleid: csrf-check-off
app.use(lusca({ csrf: false, xframe: "SAMEORIGIN" }));

// ruleid: csrf-check-off
const options = { route: "/pay", csrfProtection: false };

// ok: csrf-check-off
app.use(lusca({ csrf: true, xframe: "SAMEORIGIN" }));

// ok: csrf-check-off
const view = { csrfField: false };
