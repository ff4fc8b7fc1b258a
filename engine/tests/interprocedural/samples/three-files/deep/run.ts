export function run(command: string, mode: string): void {
  // ruleid: flow
  sink(command);
  // ok: flow
  sink(mode);
}
