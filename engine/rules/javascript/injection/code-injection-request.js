const mathjs = require('mathjs');
const vm = require('vm');

app.post('/tax', (req, res) => {
  // ruleid: code-injection-request
  const preTax = eval(req.body.preTax);
  // ruleid: code-injection-request
  const eqn = mathjs.eval(req.body.eqn);
  // ruleid: code-injection-request
  const f = new Function('x', 'return ' + req.query.f);
  const code = req.body.code;
  save(code);
  // ruleid: code-injection-request
  vm.runInNewContext(code, {});
  const { script } = req.body;
  // ruleid: code-injection-request
  new vm.Script(`(${script})`);

  // ok: code-injection-request
  const amount = Number(req.body.amount);
  // ok: code-injection-request
  const g = new Function('x', 'return x + 1');
  // ok: code-injection-request
  const data = JSON.parse(req.body.data);
  // ok: code-injection-request
  eval(config.body);
});
