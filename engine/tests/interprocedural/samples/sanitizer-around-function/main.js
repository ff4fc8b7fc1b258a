// A sanitizer that matches a declaration says nothing of the calls of what is declared.
const safe = clean((text) => {
  // ok: flow
  sink('fixed');
  return text;
});
const run = clean.bind(null);
const copy = (text) => text;
function main() {
  const kept = copy(source());
  sink(kept); // both
}
