const list = source().split(',');
list.forEach((item) => {
  // ruleid: flow
  sink(item);
});
const show = (item) => {
  // ruleid: flow
  sink(item);
};
list.map((item) => item.trim()).filter(Boolean).forEach(show);
const lengths = list.map(() => 'x');
// refuted: flow
sink(lengths);
['a'].forEach((item) => {
  // ok: flow
  sink(item);
});
