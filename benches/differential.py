#!/usr/bin/env python3
"""Findings of Cortex and of Semgrep, same rules, same files, held against each other.

    cargo build --release
    benches/differential.py RULES SOURCE [--show N] [--places] [--reference FILE]

Compares by rule, file and first line, and says what each took. Needs `semgrep` (`pip install semgrep`); without it the script says so
and does nothing. Both look at the same files: ignore files are not heeded, files over 1 MB and `*.min.*` are left out. What Cortex finds in
files that Semgrep names in its errors is counted apart. With `--reference` Semgrep's report is read from that file if it is there and
written to it otherwise: it is the slow half, and stays the same while Cortex is worked on. The exit code is 1 where
fewer than 99 % of Semgrep's findings are found, or more than 1 % are extra.
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
    """The findings, and how long they took."""
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


def reference(rules, source):
    """Semgrep's report, with how long it took."""
    command = ["semgrep", "scan", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet"]
    command += ["--max-target-bytes", "1000000", "--config", rules, "."]
    begin = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, cwd=source)
    took = time.monotonic() - begin
    if not ran.stdout:
        sys.exit(f"semgrep failed: {ran.stderr}")
    return json.loads(ran.stdout) | {"took": took}


def semgrep(report):
    """The findings, by the last part of their rule's id, and the files that it could not read or finish."""
    found = collections.Counter()
    for result in report["results"]:
        rule = result["check_id"].rsplit(".", 1)[-1]
        found[(rule, result["path"].removeprefix("./"), result["start"]["line"])] += 1
    broken = {error["path"] for error in report["errors"] if "path" in error}
    # Where its taint analysis gives up on a function, it tells so among the times only.
    broken |= {timeout["location"]["path"] for timeout in report.get("time", {}).get("fixpoint_timeouts", [])}
    return found, {path.removeprefix("./") for path in broken}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=20, help="differences to show of each kind")
    parser.add_argument("--places", action="store_true", help="show each difference, not one of each rule")
    parser.add_argument("--reference", type=pathlib.Path, help="file to keep Semgrep's report in, and to read it from if it is there")
    arguments = parser.parse_args()
    kept = arguments.reference if arguments.reference and arguments.reference.exists() else None
    if not kept and shutil.which("semgrep") is None:
        print("skipped: there is no semgrep")
        return 0
    rules = arguments.rules.resolve()
    with tempfile.TemporaryDirectory() as work:
        # A copy, because Semgrep only lets go of the files that it ignores where an ignore file of the folder says so.
        source = pathlib.Path(work) / "source"
        shutil.copytree(arguments.source, source, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.min.*"))
        (source / ".semgrepignore").write_text("")
        ours, our_time = cortex(rules, source)
        report = json.loads(kept.read_text()) if kept else reference(rules, source)
        if arguments.reference and not kept:
            arguments.reference.write_text(json.dumps(report))
    theirs, broken = semgrep(report)
    their_time = report["took"]
    missed = sorted(set(theirs) - set(ours))
    extra = sorted(key for key in set(ours) - set(theirs) if key[1] not in broken)
    unparsed = sum(key[1] in broken for key in set(ours) - set(theirs))
    print(f"semgrep {len(theirs)} findings in {their_time:.2f} s")
    print(f"cortex  {len(ours)} findings in {our_time:.2f} s, {their_time / our_time:.0f} times as fast")
    print(f"both {len(set(ours) & set(theirs))}, missed {len(missed)}, extra {len(extra)}; and {unparsed} in files that semgrep cannot parse or finish")
    for name, keys in (("missed", missed), ("extra", extra)):
        if arguments.places:
            for rule, path, line in keys:
                print(f"  {name} {rule} {path}:{line}")
            continue
        for (rule, count) in collections.Counter(rule for rule, _, _ in keys).most_common(arguments.show):
            example = next(key for key in keys if key[0] == rule)
            print(f"  {name} {count:4} {rule}, for instance {example[1]}:{example[2]}")
    bound = max(len(theirs), 1) / 100
    return int(len(missed) > bound or len(extra) > bound)


if __name__ == "__main__":
    sys.exit(main())
