#!/usr/bin/env python3
"""What Cortex, Semgrep and ESLint take for the same files: wall time and peak memory, in one run.

    cargo build --release
    benches/peers.py SOURCE [--rules RULES] [--semgrep] [--eslint FOLDER] [--rounds N]

Cortex runs with RULES, or with the built-in ones. Semgrep runs with the same RULES where `--semgrep` asks for it. ESLint runs with all rules of
`eslint-plugin-security`; FOLDER is one in which that was installed, with `eslint` and `@typescript-eslint/parser`. All look at the same copy of SOURCE:
without files over 1 MB and `*.min.*`, and ignore files are not heeded. Two threads each. Cortex takes several turns, of which the middle one counts; the others, which
are slow, one. Memory is that of the largest process. A program that is not there is skipped.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENDINGS = "js,jsx,mjs,cjs,ts,tsx,mts,cts"
CONFIG = """
import security from "{folder}/node_modules/eslint-plugin-security/index.js";
import parser from "{folder}/node_modules/@typescript-eslint/parser/dist/index.js";
const files = ["**/*.{{{endings}}}"];
export default [
  {{ files, plugins: {{ security }}, rules: {rules}, languageOptions: {{ parser }} }},
];
"""


def copy(source, to):
    """What all are to look at."""
    no_minified = shutil.ignore_patterns(".git", "*.min.*")

    def left_out(folder, names):
        large = {name for name in names if (pathlib.Path(folder) / name).is_file() and (pathlib.Path(folder) / name).stat().st_size > 1_000_000}
        return large | no_minified(folder, names)

    shutil.copytree(source, to, symlinks=True, ignore=left_out)
    # Semgrep only lets go of the files that it ignores where an ignore file of the folder says so.
    (to / ".semgrepignore").write_text("")


def run(command, cwd=None):
    """Wall time in seconds, peak memory in MB, and what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=errors, cwd=cwd)
        _, status, usage = os.wait4(child.pid, 0)
        took = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        return took, usage.ru_maxrss / 1024, out.read(), errors.read().decode(errors="replace")


def cortex(source, rules, rounds):
    command = [ROOT / "target/release/cortex", "scan", source, "--no-cache", "--offline", "--no-ignore", "--no-config", "--minified", "--jobs", "2"]
    command += ["--format", "json"]
    command += ["--rules", rules] if rules else []
    runs = [run(command) for _ in range(rounds)]
    if not runs[0][2]:
        sys.exit(f"cortex failed: {runs[0][3][:500]}")
    found = sum(1 for finding in json.loads(runs[0][2])["findings"] if finding["kind"] != "vulnerability")
    return statistics.median(took for took, *_ in runs), max(memory for _, memory, *_ in runs), found


def semgrep(source, rules):
    command = ["semgrep", "scan", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet", "-j", "2"]
    command += ["--max-target-bytes", "0", "--config", rules, "."]
    took, memory, out, errors = run(command, cwd=source)
    if not out:
        sys.exit(f"semgrep failed: {errors[:500]}")
    return took, memory, len(json.loads(out)["results"])


def eslint(source, folder):
    rules = "Object.fromEntries(Object.keys(security.rules).map(rule => [`security/${rule}`, 1]))"
    # A configuration file stands above all that it is for.
    config = source.parent / "eslint.config.mjs"
    config.write_text(CONFIG.format(folder=folder.resolve().as_posix(), endings=ENDINGS, rules=rules))
    command = ["node", "--max-old-space-size=16384", folder.resolve() / "node_modules/eslint/bin/eslint.js", "--no-config-lookup", "--config", config]
    command += ["--no-inline-config", "--no-warn-ignored", "--concurrency", "2", "--format", "json", source]
    took, memory, out, errors = run(command, cwd=source.parent)
    if not out:
        sys.exit(f"eslint failed: {errors[:500]}")
    return took, memory, sum(len(file["messages"]) for file in json.loads(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--rules", type=pathlib.Path)
    parser.add_argument("--semgrep", action="store_true")
    parser.add_argument("--eslint", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    rules = arguments.rules and arguments.rules.resolve()
    others = {}
    with tempfile.TemporaryDirectory() as work:
        source = pathlib.Path(work).resolve() / "source"
        copy(arguments.source, source)
        ours = cortex(source, rules, arguments.rounds)
        print(f"cortex   {ours[0]:8.2f} s {ours[1]:7.0f} MB {ours[2]:7} found", flush=True)
        if arguments.semgrep and rules and shutil.which("semgrep"):
            others["semgrep"] = semgrep(source, rules)
        elif arguments.semgrep:
            print("skipped: there is no semgrep, or there are no rules for it")
        if arguments.eslint and shutil.which("node"):
            others["eslint"] = eslint(source, arguments.eslint)
        elif arguments.eslint:
            print("skipped: there is no node")
    for name, (took, memory, found) in others.items():
        times = f"{took / ours[0]:.0f} times as long, {memory / ours[1]:.1f} times the memory"
        print(f"{name:8} {took:8.2f} s {memory:7.0f} MB {found:7} found: {times}")


if __name__ == "__main__":
    main()
