import * as child from 'node:child_process';
import { execSync } from 'child_process';

export function version(tool: string): string {
  // ruleid: command-injection-exec
  const out = execSync(`${tool} --version`).toString();
  // ruleid: command-injection-exec
  child.exec('which ' + tool, () => undefined);
  // ok: command-injection-exec
  child.spawn(tool, ['--version']);
  return out;
}
