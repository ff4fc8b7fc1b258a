class Job {
  constructor(command, name) {
    this.command = command;
    this.name = name;
  }
  run() {
    // ruleid: flow
    sink(this.command);
    // ok: flow
    sink(this.name);
  }
  start() {
    this.run();
  }
  static now(command) {
    // ruleid: flow
    sink(command);
  }
  set(other) {
    this.other = other;
  }
}
class Quick extends Job {
  go() {
    this.set(source());
    // ruleid: flow
    sink(this.other);
  }
}
function main() {
  const job = new Job(source(), 'name');
  job.start();
  Job.now(source());
}
