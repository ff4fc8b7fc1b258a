const run = require('./run');
const { read, write: put } = require('./store');
const store = require('./store');
run(source());
// ruleid: flow
sink(read());
put('x', source());
store.drop(source());
require('./store').list(source());
