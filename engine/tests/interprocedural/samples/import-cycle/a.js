import { second } from './b.js';
export function first(text) {
  second(text);
}
export function last(text) {
  // ruleid: flow
  sink(text);
}
first(source());
