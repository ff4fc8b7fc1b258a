import { read } from './input.js';
import { write } from './output.js';
export function copy() {
  write(read());
}
