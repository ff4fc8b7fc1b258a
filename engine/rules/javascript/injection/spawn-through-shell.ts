import { spawn, spawnSync } from "node:child_process";
import * as child from "node:child_process";

export function convert(file: string) {
  // ruleid: spawn-through-shell
  return spawn("convert", [file, "out.png"], { shell: true });
}

export function build(script: string) {
  // ruleid: spawn-through-shell
  return child.spawnSync(script, { stdio: "inherit", shell: "/bin/bash" });
}

export function plain(file: string) {
  // ok: spawn-through-shell
  return spawn("convert", [file, "out.png"], { stdio: "inherit" });
}

export function off(file: string) {
  // ok: spawn-through-shell
  return spawnSync("convert", [file], { shell: false });
}

export function constant() {
  // ok: spawn-through-shell
  return spawnSync("ls | wc -l", { shell: true });
}
