function main() {
  const data = source();
  const inner = (text) => {
    // ruleid: flow
    sink(text);
  };
  function named(text) {
    // ruleid: flow
    sink(text);
  }
  inner(data);
  named(data);
}
