function Job(command) {
  this.command = command;
}
Job.prototype.run = function () {
  // ruleid: flow
  sink(this.command);
};
const job = new Job(source());
job.run();
