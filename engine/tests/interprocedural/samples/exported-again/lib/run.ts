export const run = (command: string) => {
  // ruleid: flow
  sink(command);
};
