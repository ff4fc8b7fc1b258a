function fill(target, value) {
  target.command = value;
  target.count = 1;
}
function main() {
  const job = {};
  fill(job, source());
  // ruleid: flow
  sink(job.command);
  // ok: flow
  sink(job.count);
}
