function calculate(req, res) {
  // ruleid: eval-of-a-value
  const tax = eval(req.body.tax);
  res.json({ tax });
}

function compile(body) {
  // ruleid: eval-of-a-value
  return new Function("data", "return " + body);
}

function fromConfig(expression) {
  // ruleid: eval-of-a-value
  return globalThis.eval(`(${expression})`);
}

function globalObject() {
  // ok: eval-of-a-value
  return new Function("return this")();
}

function feature() {
  // ok: eval-of-a-value
  return eval("typeof BigInt");
}

function page(browser, id) {
  // ok: eval-of-a-value
  return browser.$eval(id, (node) => node.textContent);
}
