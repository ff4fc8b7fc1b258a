async function load() {
  return source();
}
load().then((data) => {
  // ruleid: flow
  sink(data);
});
async function main() {
  const data = await load();
  // ruleid: flow
  sink(data);
}
