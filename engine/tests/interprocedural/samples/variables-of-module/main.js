const settings = require('./settings');

// ruleid: flow
sink(settings.secret());
// ok: flow
sink(settings.name());
