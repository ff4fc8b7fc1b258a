import run, { read, safe as harmless } from './lib.js';
import * as lib from './lib';
function main() {
  run(source());
  // ruleid: flow
  sink(read());
  // ok: flow
  sink(harmless());
  lib.quiet('x');
  lib.loud(source());
}
