function calc(formula, ctx) {
  // ruleid: code-injection-eval
  const value = eval(formula);
  // ruleid: code-injection-eval
  window.eval('(' + formula + ')');
  // ruleid: code-injection-eval
  (0, eval)(ctx.code);
  // ruleid: code-injection-eval
  eval(`result = ${formula}`);

  // ok: code-injection-eval
  eval('1 + 1');
  // ok: code-injection-eval
  JSON.parse(formula);
  // ok: code-injection-eval
  mathjs.evaluate(formula);
  // ok: code-injection-eval
  parser.eval(formula);
  return value;
}
