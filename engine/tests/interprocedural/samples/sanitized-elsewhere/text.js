export function safely(text) {
  return clean(text);
}
export function raw(text) {
  return text;
}
