const { run } = require('./runner');
const handlers = require('./handlers');

run({ done: handlers.save });
run({ done: handlers.count });
