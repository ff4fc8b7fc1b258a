import vm from "node:vm";

export function b2b(orderLines: string) {
  const sandbox = { orderLines };
  vm.createContext(sandbox);
  // ruleid: vm-run-of-a-value
  return vm.runInContext(`parse(${orderLines})`, sandbox, { timeout: 2000 });
}

export function compile(source: string) {
  // ruleid: vm-run-of-a-value
  return new vm.Script(source);
}

export function constant() {
  // ok: vm-run-of-a-value
  return vm.runInNewContext("Math.max(1, 2)");
}

export function context(values: object) {
  // ok: vm-run-of-a-value
  return vm.createContext(values);
}
