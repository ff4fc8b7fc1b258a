#!/usr/bin/env python3
"""How fast the API answers while scans run, on the embedded SQLite; and the memory of an idle service.

    benches/api-load.py [--bin target/release/cortex] [--rate 1000] [--seconds 20] [--folder DIR]

Needs `wrk` (apt-get install wrk) and git. Starts `git daemon` with a repository of some thousand generated source files (or
the files of --folder), and `cortex serve --workers 2` on loopback in a temporary folder. Reads the resident memory of the idle
service; then keeps two scans running while wrk reads `GET /v1/scans/{id}` at the given rate. Python's standard library only.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

TOKEN = "csk_bench_0123456789abcdef0123456789abcdef"
HERE = Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def git(*args, cwd):
    subprocess.run(["git", "-c", "user.name=Bench", "-c", "user.email=bench@bench.example", *args], cwd=cwd, check=True,
                   stdout=subprocess.DEVNULL)


def generate(folder):
    """The samples many times over, one in twenty the vulnerable one, each file a little different."""
    clean, vulnerable = (sorted((HERE / "fixtures" / name).rglob("*.js")) for name in ("clean-app", "vulnerable-app"))
    for number in range(3000):
        sources = clean if number % 20 else vulnerable
        source = sources[number // 20 % len(sources)]
        target = folder / f"part{number // 100}" / f"{number}.js"
        target.parent.mkdir(exist_ok=True)
        target.write_text(f"// {number}\n" + source.read_text() * 4)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="target/release/cortex")
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    program = Path(args.bin).resolve()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        work, small = root / "repos" / "work", root / "repos" / "small"
        shutil.copytree(HERE / "fixtures" / "vulnerable-app", small)
        if args.folder:
            shutil.copytree(args.folder, work, ignore=shutil.ignore_patterns(".git"))
        else:
            work.mkdir(parents=True)
            generate(work)
        for folder in (work, small):
            git("init", "-q", "-b", "main", cwd=folder)
            git("add", "-A", "-f", cwd=folder)
            git("commit", "-qm", "all", cwd=folder)
        port, daemon_port = free_port(), free_port()
        daemon = subprocess.Popen(["git", "daemon", "--export-all", f"--base-path={root / 'repos'}", "--listen=127.0.0.1",
                                   f"--port={daemon_port}", "--reuseaddr"], stderr=subprocess.DEVNULL, start_new_session=True)
        env = {key: value for key, value in os.environ.items() if not key.startswith("CORTEX_")}
        env |= {"CORTEX_DATA_DIR": str(root / "data"), "CORTEX_BOOTSTRAP_TOKEN": TOKEN, "CORTEX_RATE_LIMITS": "10000000/min",
                "CORTEX_ALLOW_HOSTS": f"127.0.0.1:{daemon_port}"}
        log = open(root / "log", "w")
        serve = subprocess.Popen([program, "serve", "--offline", "--listen", f"127.0.0.1:{port}", "--workers", "2"], env=env,
                                 stderr=log)
        base = f"http://127.0.0.1:{port}"

        def call(path, body=None):
            request = urllib.request.Request(base + path, json.dumps(body).encode() if body else None,
                                             {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())

        def memory():
            return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{serve.pid}/status").read_text())[1]) / 1024

        try:
            for _ in range(100):
                try:
                    call("/healthz")
                    break
                except OSError:
                    time.sleep(0.1)
            time.sleep(5)
            print(f"idle: {memory():.0f} MB resident")

            def scan(repository):
                url = f"git://127.0.0.1:{daemon_port}/{repository}/.git"
                return call("/v1/scans", {"repo_url": url})["id"]

            def wait(scan_id):
                while (found := call(f"/v1/scans/{scan_id}"))["status"] in ("queued", "running"):
                    time.sleep(0.2)
                if found["status"] != "completed":
                    raise SystemExit(f"{found}")
                return found

            first = scan("small")
            found = wait(first)
            print(f"the scan that is read has {found['issues_count']} findings, {len(json.dumps(found)) / 1024:.0f} KB")
            over, done = threading.Event(), []

            def keep_running():
                while not over.is_set():
                    done.append(wait(scan("work")))

            runners = [threading.Thread(target=keep_running, daemon=True) for _ in range(2)]
            for runner in runners:
                runner.start()
            time.sleep(1)
            connections = 20
            script = root / "rate.lua"
            # A connection waits between its requests, so that all together ask at the rate.
            script.write_text(f"""
local pause = {connections * 1000 // args.rate}
function delay() return math.random(math.floor(pause / 2), math.floor(pause * 3 / 2)) end
wrk.headers["Authorization"] = "Bearer {TOKEN}"
""")
            out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{args.seconds}s", "--latency", "-s", str(script),
                                  f"{base}/v1/scans/{first}"], capture_output=True, text=True, check=True).stdout
            over.set()
            print(out.strip())
            print(f"{len(done)} scans completed meanwhile, of {done[0]['issues_count'] if done else '?'} findings; {memory():.0f} MB resident while they run")
            for runner in runners:
                runner.join(60)
        finally:
            serve.terminate()
            serve.wait(30)
            os.killpg(daemon.pid, 15)


main()
