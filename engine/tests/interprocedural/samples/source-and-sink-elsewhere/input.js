export function read() {
  return source();
}
