#!/usr/bin/env python3
"""Scans on several processes while workers are killed and the database is restarted: does each scan take effect once?

    benches/scale-out.py [--bin target/release/cortex] [--scans 500] [--workers 3] [--kill-every 3]

Starts PostgreSQL (its programs must be on PATH or in Debian's place), `git daemon` with small repositories, two
`cortex serve --workers 0` and some `cortex work`, all on loopback and in a temporary folder. Queues the scans through both
servers, kills a worker with SIGKILL every few seconds and starts another in its place, restarts the database once half of the
scans are done. Then looks: every scan completed, with one result, one delivery id of `scan.completed`, and the findings that
its repository has; no job lost or left. Prints its figures and exits with 1 if one is wrong. Python's standard library only.
"""

import argparse
import collections
import glob
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def program(name):
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)
    if not found:
        sys.exit(f"{name} is not installed: apt-get install postgresql")
    return found


class Postgres:
    """A cluster of its own. PostgreSQL refuses to run as root, so root lends it to the user `postgres`."""

    def __init__(self, root):
        self.dir, self.port = root / "pg", free_port()
        self.dir.mkdir()
        self.prefix = []
        if os.geteuid() == 0:
            shutil.chown(self.dir, "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.data = str(self.dir / "data")
        self.run("initdb", "-D", self.data, "-U", "cortex", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.url = f"postgres://cortex@127.0.0.1:{self.port}/postgres"

    def run(self, name, *args):
        subprocess.run([*self.prefix, program(name), *args], check=True, cwd=self.dir, stdout=subprocess.DEVNULL)

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-o", f"-p {self.port} -k {self.dir} -c max_connections=200",
                 "-l", str(self.dir / "log"), "-w", "start")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def query(self, sql):
        out = subprocess.run([program("psql"), self.url, "-At", "-F", "\t", "-c", sql], check=True, capture_output=True, text=True)
        return [line.split("\t") for line in out.stdout.splitlines()]


class Receiver:
    """Takes webhooks."""

    def __init__(self):
        self.got, lock = [], threading.Lock()
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                with lock:
                    got.append((self.headers["webhook-id"], body["event"], body.get("scan_id")))
                self.send_response(204)
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def git(*args, cwd):
    env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_AUTHOR_NAME="a",
               GIT_AUTHOR_EMAIL="a@example.com", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@example.com")
    subprocess.run(["git", *args], cwd=cwd, env=env, check=True, capture_output=True)


def repository(base, number):
    """A small repository with code and vulnerable dependencies."""
    work = base / f"repo-{number}"
    (work / "src").mkdir(parents=True)
    (work / "package.json").write_text(json.dumps({"name": f"app-{number}", "dependencies": {"lodash": "4.17.11"}}))
    (work / "package-lock.json").write_text(json.dumps({
        "name": f"app-{number}", "lockfileVersion": 3,
        "packages": {"": {"dependencies": {"lodash": "4.17.11"}}, "node_modules/lodash": {"version": "4.17.11"}}}))
    for file in range(10):
        (work / "src" / f"{file}.js").write_text(
            "const app = require('express')();\n" * (file + 1) + "app.get('/', (req, res) => { eval(req.query.code); });\n")
    git("init", "-q", "-b", "main", cwd=work)
    git("add", "-A", cwd=work)
    git("commit", "-q", "-m", "first", cwd=work)


class Client:
    def __init__(self, bases, token):
        self.bases, self.token, self.turn = bases, token, 0

    def call(self, method, path, body=None, key=None):
        """Asks one server after the other, and again while the database is away."""
        for attempt in range(120):
            self.turn += 1
            base = self.bases[self.turn % len(self.bases)]
            head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            if key:
                head["Idempotency-Key"] = key
            request = urllib.request.Request(base + path, data=json.dumps(body).encode() if body else None, method=method, headers=head)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                if error.code not in (409, 500, 502, 503, 504):
                    raise SystemExit(f"{method} {path}: {error.code} {error.read()[:300]!r}")
            except OSError:
                pass
            time.sleep(0.5)
        raise SystemExit(f"{method} {path}: no answer")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="target/release/cortex")
    parser.add_argument("--scans", type=int, default=500)
    parser.add_argument("--repositories", type=int, default=25)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kill-every", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    root = Path(tempfile.mkdtemp(prefix="cortex-scale-"))
    root.chmod(0o755)
    database = Postgres(root)
    (root / "git").mkdir()
    for number in range(args.repositories):
        repository(root / "git", number)
    git_port, receiver = free_port(), Receiver()
    daemon = subprocess.Popen(["git", "daemon", "--reuseaddr", "--export-all", f"--base-path={root / 'git'}", "--listen=127.0.0.1",
                               f"--port={git_port}", "--max-connections=64"], stderr=subprocess.DEVNULL)
    token, ports = "csk_" + secrets.token_hex(20), [free_port(), free_port()]
    env = dict(os.environ, CORTEX_DATABASE_URL=database.url, CORTEX_BOOTSTRAP_TOKEN=token, CORTEX_BOOTSTRAP_TENANT=str(uuid.uuid4()),
               CORTEX_ALLOW_HOSTS="127.0.0.1", CORTEX_RATE_LIMITS="1000000/min", CORTEX_SECRET_KEY=secrets.token_hex(16),
               CORTEX_ARTIFACTS_URL=(root / "artifacts").as_uri(), CORTEX_LOG="warn")
    (root / "artifacts").mkdir()
    log, started = open(root / "log", "ab"), [0]

    def start(*command):
        started[0] += 1
        data = root / f"data-{started[0]}"
        return subprocess.Popen([args.bin, *command, "--offline", "--data-dir", str(data)], env=env, stdout=log, stderr=log)

    servers = [start("serve", "--workers", "0", "--listen", f"127.0.0.1:{port}") for port in ports]
    workers = [start("work", "--workers", "2") for _ in range(args.workers)]
    client = Client([f"http://127.0.0.1:{port}" for port in ports], token)
    client.call("GET", "/v1/scans")
    client.call("POST", "/v1/webhooks", {"url": receiver.url, "events": ["scan.completed", "scan.failed"], "secret": "s"})

    done, kills, stop = [0], [0], threading.Event()

    def kill_now_and_then():
        while not stop.wait(args.kill_every):
            victim = dice.randrange(len(workers))
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = start("work", "--workers", "2")
            kills[0] += 1

    killer = threading.Thread(target=kill_now_and_then, daemon=True)
    begun = time.time()
    killer.start()
    scans = []
    for number in range(args.scans):
        url = f"git://127.0.0.1:{git_port}/repo-{number % args.repositories}"
        scans.append(client.call("POST", "/v1/scans", {"repo_url": url}, key=f"scan-{number}")["id"])
    queued = time.time()
    restarted = False
    while True:
        try:
            states = dict(database.query("SELECT status, COUNT(*) FROM scans GROUP BY status"))
        except subprocess.CalledProcessError:
            time.sleep(0.5)
            continue
        done[0] = sum(int(count) for status, count in states.items() if status not in ("queued", "running"))
        if not restarted and done[0] >= args.scans // 2:
            restarted = True
            database.stop("immediate")
            time.sleep(1)
            database.start()
        if done[0] >= args.scans or time.time() - begun > 900:
            break
        time.sleep(0.3)
    finished = time.time()
    stop.set()
    killer.join()
    end = time.time() + 120
    while time.time() < end:
        waiting = database.query("SELECT COUNT(*) FROM deliveries WHERE status = 'pending'")[0][0]
        if waiting == "0":
            break
        time.sleep(0.5)

    problems = []
    states = dict(database.query("SELECT status, COUNT(*) FROM scans GROUP BY status"))
    if states != {"completed": str(args.scans)}:
        problems.append(f"scans by status: {states}")
    jobs = dict(database.query("SELECT status, COUNT(*) FROM jobs GROUP BY status"))
    if jobs != {"completed": str(args.scans)}:
        problems.append(f"jobs by status: {jobs}")
    reports = database.query("SELECT COUNT(DISTINCT report_key) FROM scans WHERE report_key IS NOT NULL")[0][0]
    if reports != str(args.scans):
        problems.append(f"{reports} reports for {args.scans} scans")
    ids, events = collections.defaultdict(set), collections.Counter()
    for delivery, event, scan in receiver.got:
        ids[(scan, event)].add(delivery)
        events[event] += 1
    lacking = [scan for scan in scans if not ids.get((scan, "scan.completed"))]
    double = [key for key, value in ids.items() if len(value) > 1]
    if lacking or double or events["scan.failed"]:
        problems.append(f"{len(lacking)} scans not announced, {len(double)} under several ids, {events['scan.failed']} as failed")
    counts = {row[0] for row in database.query("SELECT COUNT(*) FROM findings GROUP BY repository_id")}
    if len(counts) != 1:
        problems.append(f"repositories of like content have unlike numbers of findings: {sorted(counts)}")
    sample = client.call("GET", f"/v1/scans/{dice.choice(scans)}")
    if len(sample["results"]["findings"]) != sample["issues_count"]:
        problems.append("a report holds another number of findings than its scan says")
    attempts = database.query("SELECT SUM(attempts), MAX(attempts) FROM jobs")[0]
    resent = sum(events.values()) - len(ids)

    for process in [*workers, *servers, daemon]:
        process.terminate()
    for process in [*workers, *servers]:
        process.wait(40)
    database.stop()
    took = finished - begun
    print(f"{args.scans} scans of {args.repositories} repositories, {args.workers} workers, 2 servers: {took:.1f} s, "
          f"{args.scans / took:.1f} scans/s ({args.scans / (queued - begun):.0f}/s queued)")
    print(f"{kills[0]} workers killed, database restarted {int(restarted)} time; {int(attempts[0]) - args.scans} attempts more than scans, "
          f"at most {attempts[1]} of one; {resent} deliveries sent again under their id")
    for problem in problems:
        print(f"WRONG: {problem}")
    if problems:
        print(f"logs are in {root}")
        return 1
    print("every scan took effect once")
    shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
