exports.run = (options) => {
  options.done(source());
};
