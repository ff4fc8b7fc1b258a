const errorhandler = require('errorhandler');

// ruleid: error-handler-for-development
app.use(errorhandler());
// ruleid: error-handler-for-development
app.use(require('errorhandler')({ log: false }));
// ruleid: error-handler-for-development
app.use(express.errorHandler({ dumpExceptions: true }));
if (app.get('env') === 'development') {
  // ok: error-handler-for-development
  app.use(errorhandler());
}
// ok: error-handler-for-development
app.use(errorHandler(logger));
// ok: error-handler-for-development
app.use(handler());
