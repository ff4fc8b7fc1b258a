#!/usr/bin/env python3
"""Findings of Cortex and of Semgrep, same rules, same files, held against each other.

    cargo build --release
    benches/differential.py RULES SOURCE [--show N]

Compares by rule, file and first line, and says what each took. Needs `semgrep` (`pip install semgrep`); without it the script says so
and does nothing. Both look at the same files: ignore files are not heeded, files over 1 MB and `*.min.*` are left out. What Cortex finds in
files that Semgrep names in its errors is counted apart. The exit code is 1
where fewer than 99 % of Semgrep's findings are found, or more than 1 % are extra.
"""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def cortex(rules, source):
    """The findings, and the rules that are left out."""
    program = ROOT / "target/release/cortex"
    command = [program, "scan", "--no-cache", "--offline", "--no-ignore", "--minified", "--format", "json", "--rules", rules, source]
    begin = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True)
    took = time.monotonic() - begin
    if not ran.stdout:
        sys.exit(f"cortex failed: {ran.stderr}")
    report = json.loads(ran.stdout)
    found = collections.Counter()
    for finding in report["findings"]:
        if finding["kind"] != "vulnerability":
            place = finding["location"]
            found[(finding["rule_id"], place["path"], place["start"]["line"])] += 1
    return found, took


def semgrep(rules, source):
    """The findings, by the last part of their rule's id, and the rules that ran."""
    command = ["semgrep", "scan", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet"]
    command += ["--max-target-bytes", "1000000", "--config", rules, "."]
    begin = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, cwd=source)
    took = time.monotonic() - begin
    if not ran.stdout:
        sys.exit(f"semgrep failed: {ran.stderr}")
    report = json.loads(ran.stdout)
    found = collections.Counter()
    for result in report["results"]:
        rule = result["check_id"].rsplit(".", 1)[-1]
        found[(rule, result["path"].removeprefix("./"), result["start"]["line"])] += 1
    broken = {error["path"].removeprefix("./") for error in report["errors"] if "path" in error}
    return found, took, broken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=20, help="differences to show of each kind")
    arguments = parser.parse_args()
    if shutil.which("semgrep") is None:
        print("skipped: there is no semgrep")
        return 0
    rules = arguments.rules.resolve()
    with tempfile.TemporaryDirectory() as work:
        # A copy, because Semgrep only lets go of the files that it ignores where an ignore file of the folder says so.
        source = pathlib.Path(work) / "source"
        shutil.copytree(arguments.source, source, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.min.*"))
        (source / ".semgrepignore").write_text("")
        ours, our_time = cortex(rules, source)
        theirs, their_time, broken = semgrep(rules, source)
    missed = sorted(set(theirs) - set(ours))
    extra = sorted(key for key in set(ours) - set(theirs) if key[1] not in broken)
    unparsed = sum(key[1] in broken for key in set(ours) - set(theirs))
    print(f"semgrep {len(theirs)} findings in {their_time:.2f} s")
    print(f"cortex  {len(ours)} findings in {our_time:.2f} s, {their_time / our_time:.0f} times as fast")
    print(f"both {len(set(ours) & set(theirs))}, missed {len(missed)}, extra {len(extra)}; and {unparsed} in files that semgrep cannot parse or finish")
    for name, keys in (("missed", missed), ("extra", extra)):
        for (rule, count) in collections.Counter(rule for rule, _, _ in keys).most_common(arguments.show):
            example = next(key for key in keys if key[0] == rule)
            print(f"  {name} {count:4} {rule}, for instance {example[1]}:{example[2]}")
    bound = max(len(theirs), 1) / 100
    return int(len(missed) > bound or len(extra) > bound)


if __name__ == "__main__":
    sys.exit(main())
