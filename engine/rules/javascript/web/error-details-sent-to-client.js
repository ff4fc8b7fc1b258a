app.use((err, req, res, next) => {
  // ruleid: error-details-sent-to-client
  res.send(err.stack);
  // ruleid: error-details-sent-to-client
  res.status(500).json({ message: err.message, stack: err.stack });
  // ruleid: error-details-sent-to-client
  res.end('<pre>' + err.stack + '</pre>');
  // ok: error-details-sent-to-client
  console.error(err.stack);
  // ok: error-details-sent-to-client
  res.status(500).json({ id: req.id });
  if (process.env.NODE_ENV === 'development') {
    // ok: error-details-sent-to-client
    res.send(err.stack);
  }
});
