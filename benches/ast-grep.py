#!/usr/bin/env python3
"""Cortex beside ast-grep: the same simple rules, the same files, two threads each.

    cargo build --release
    benches/ast-grep.py SOURCE [--rules 20 200] [--rounds N]

A rule is one call pattern, such as `fs.readFileSync(...)`. The names are those of Node's own modules, in an order that mixes the modules,
so that a share of the rules finds something in any application. Runs take turns; the figures are medians of wall times in seconds. Needs
`ast-grep` and `node` (for the names of its modules); without them the script says so and does nothing.
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
MODULES = ["fs", "path", "crypto", "http", "child_process", "util", "net", "os", "url", "zlib", "vm", "dns", "tls", "stream"]
NAMES = """
const all = process.argv.slice(1).map(module => Object.entries(require(module))
  .filter(([, value]) => typeof value === 'function').map(([name]) => `${module}.${name}`));
const mixed = [];
for (let i = 0; all.some(names => names[i]); i++) for (const names of all) if (names[i]) mixed.push(names[i]);
console.log(JSON.stringify(mixed));
"""


def callees(count):
    names = json.loads(subprocess.run(["node", "-e", NAMES, *MODULES], capture_output=True, text=True, check=True).stdout)
    if len(names) < count:
        sys.exit(f"node has {len(names)} functions in these modules; {count} rules were asked for")
    return names[:count]


def write_rules(work, count):
    """The rules for both programs: a file for Cortex, and a project for ast-grep, which needs a file for each language."""
    ours, folder = work / "cortex.yaml", work / "rules"
    folder.mkdir(parents=True)
    lines = ["rules:"]
    for number, callee in enumerate(callees(count)):
        lines += [f"- id: r{number}", "  languages: [javascript, typescript]", "  severity: INFO", f"  message: {callee}", f"  pattern: {callee}(...)"]
        for language in ["JavaScript", "TypeScript", "Tsx"]:
            rule = f"id: r{number}-{language}\nlanguage: {language}\nmessage: {callee}\nrule:\n  pattern: {callee}($$$)\n"
            (folder / f"r{number}-{language}.yml").write_text(rule)
    ours.write_text("\n".join(lines) + "\n")
    (work / "sgconfig.yml").write_text("ruleDirs: [rules]\n")
    return ours, work / "sgconfig.yml"


def run(command):
    begin = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True)
    took = time.monotonic() - begin
    if not ran.stdout:
        sys.exit(f"{command[0]} failed: {ran.stderr[:500]}")
    return took, ran.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--rules", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for program in ["ast-grep", "node"]:
        if shutil.which(program) is None:
            print(f"skipped: there is no {program}")
            return 0
    source = os.fspath(arguments.source.resolve())
    for count in arguments.rules:
        with tempfile.TemporaryDirectory() as work:
            ours, theirs = write_rules(pathlib.Path(work), count)
            cortex = [ROOT / "target/release/cortex", "scan", source, "--rules", ours, "--no-cache", "--offline", "--no-ignore"]
            cortex += ["--no-config", "--minified", "--max-file-size", "1GB", "--jobs", "2", "--format", "json"]
            ast_grep = ["ast-grep", "scan", "--config", theirs, "--threads", "2", "--json=stream", source]
            ast_grep += [part for kind in ["hidden", "dot", "vcs", "parent", "global", "exclude"] for part in ("--no-ignore", kind)]
            times = {"cortex": [], "ast-grep": []}
            for _ in range(arguments.rounds):
                took, out = run(cortex)
                times["cortex"].append(took)
                found = sum(1 for finding in json.loads(out)["findings"] if finding["kind"] != "vulnerability")
                took, out = run(ast_grep)
                times["ast-grep"].append(took)
                theirs_found = out.count("\n")
            ours, theirs = (statistics.median(times[name]) for name in ["cortex", "ast-grep"])
            print(f"{count} rules: cortex {ours:.2f} s ({found} found), ast-grep {theirs:.2f} s ({theirs_found} found), {theirs / ours:.1f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
