function walk(node, depth) {
  if (depth > 3) {
    // ruleid: flow
    sink(node);
    return;
  }
  walk(node.next, depth + 1);
}
function even(n) { return n === 0 ? 'even' : odd(n - 1); }
function odd(n) { return n === 0 ? 'odd' : even(n - 1); }
walk(source(), 0);
