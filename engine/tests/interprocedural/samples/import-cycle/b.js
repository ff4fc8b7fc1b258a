import { last } from './a.js';
export function second(text) {
  last(text);
}
