function compile(name, body, lines) {
  // ruleid: code-injection-function-constructor
  const get = new Function('o', 'return o.' + name);
  // ruleid: code-injection-function-constructor
  const run = Function(`return (${body})`);
  // ruleid: code-injection-function-constructor
  const all = new Function('a', 'b', lines.join('\n'));

  // ok: code-injection-function-constructor
  const root = Function('return this')();
  // ok: code-injection-function-constructor
  const sum = new Function('a', 'b', 'return a ' + '+ b');
  // ok: code-injection-function-constructor
  const typed = value instanceof Function;
  // ok: code-injection-function-constructor
  const fn = makeFunction('return ' + name);
  return [get, run, all, root, sum, typed, fn];
}
