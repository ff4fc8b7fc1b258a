import { safely, raw } from './text.js';
import { write } from './output.js';
write(safely(source()));
function show() {
  const kept = safely(source());
  // Found where the call is not followed.
  // refuted: flow
  sink(kept);
}
