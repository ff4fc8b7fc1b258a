function request(options) {
  options.success(source());
  options.failure('none');
}
request({
  success(data) {
    // ruleid: flow
    sink(data);
  },
  failure: (text) => {
    // ok: flow
    sink(text);
  },
});
