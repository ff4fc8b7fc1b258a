export default function (command) {
  // ruleid: flow
  sink(command);
}
export const read = () => source();
export function safe() {
  return 'safe';
}
export function quiet(text) {
  // ok: flow
  sink(text);
}
function noisy(text) {
  // ruleid: flow
  sink(text);
}
export { noisy as loud };
