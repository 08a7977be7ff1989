"""Events a second that the collector acknowledges, on one core.

Beside it, in the same run: the same server without the sync of the disk (what
durability costs), and nginx answering statically (the limit of HTTP here). The load
comes from a second process on loopback: `wrk`, bounded in time. Server and load are
pinned to a core each where the machine has two. Where others use the machine too, the
events for each second of the server's own CPU are the figure to compare.

    python benchmarks/collector.py [SECONDS]
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
PROJECT = Path(__file__).parents[1]
BATCH = 100
SERVER = """
import sys
from pathlib import Path
from cdp.tracking_plan import load_plan
from cdp.serving import listen, serve
from ingestion.collector.app import Collector
from ingestion.collector.commit import Committer
folder, durable = Path(sys.argv[1]), sys.argv[2] == "durable"
committer = Committer(folder / "event_log", is_durable=durable)
listening = listen("127.0.0.1", 0, place="", variable="")
app = Collector({"key": "web"}, load_plan(Path("tracking_plan")), committer)
serve(app, listening, folder / "ready.json")
"""
NGINX = """
master_process off; daemon off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
server {{ listen 127.0.0.1:{port}; location / {{ return 200 "OK"; }} }} }}
"""


def event(number: int) -> dict[str, object]:
    """Return an event of usual size."""
    return {
        "type": "track",
        "event": "product_viewed",
        "messageId": f"00000000-0000-4000-8000-{number:012d}",
        "anonymousId": "2b52af82-3aca-4090-b50c-54f5a4a2d858",
        "originalTimestamp": "2026-05-01T12:00:00.000Z",
        "properties": {
            "product_id": "p0118",
            "sku": "TOY-A9AD6B",
            "name": "Vintage Kite",
            "category": "Toys",
            "price": 106.5,
            "currency": "USD",
        },
        "context": {
            "ip": "203.0.113.9",
            "userAgent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/142.0 Mobile",
            "page": {"path": "/products/vintage-kite", "title": "Vintage Kite"},
            "library": {"name": "analytics.js", "version": "1.84.3"},
        },
    }


@contextmanager
def collector(folder: Path, mode: str) -> Iterator[tuple[str, int]]:
    """Run our collector; yields its address and process id."""
    command = [sys.executable, "-c", SERVER, str(folder), mode]
    with subprocess.Popen(pinned(0, command), cwd=PROJECT) as process:
        ready = folder / "ready.json"
        while not ready.exists():
            time.sleep(0.05)
        try:
            port = json.loads(ready.read_text())["port"]
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path, port: int = 18_999) -> Iterator[tuple[str, int]]:
    """Run nginx with a static answer; yields its address and process id."""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, port=port))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen(pinned(0, [program, "-c", str(file)])) as process:
        time.sleep(0.5)
        try:
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


def pinned(core: int, command: list[str]) -> list[str]:
    """Return the command kept to one core, where there are two."""
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return command


def load(url: str, path: str, body: bytes, folder: Path) -> tuple[float, str]:
    """Post for the set time; return requests a second and the 99th percentile."""
    script = folder / "post.lua"
    (folder / "body.json").write_bytes(body)
    script.write_text(
        f"local f = io.open('{folder}/body.json', 'rb')\n"
        "wrk.method = 'POST'\nwrk.body = f:read('*a')\n"
        "wrk.headers['Authorization'] = 'Basic a2V5Og=='\n"
    )
    command = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", "--latency", "-s", str(script)]
    done = subprocess.run(
        pinned(1, [*command, url + path]), capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout:
        raise SystemExit(done.stdout)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    return rate, re.search(r"99%\s+(\S+)", done.stdout)[1]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: run `make bench`, or apt install wrk")
    single = json.dumps(event(1)).encode()
    batch = json.dumps({"batch": [event(n) for n in range(BATCH)]}).encode()
    rates: dict[tuple[str, str], float] = {}
    servers = {"durable": "ours", "not_durable": "ours without the sync"}
    if shutil.which("nginx") or Path("/usr/sbin/nginx").exists():
        servers["nginx"] = "nginx, static answer"
    for mode, title in servers.items():
        for kind, path, body, events in (
            ("single posts", "/v1/track", single, 1),
            (f"batches of {BATCH}", "/v1/batch", batch, BATCH),
        ):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                served = nginx(folder) if mode == "nginx" else collector(folder, mode)
                with served as (url, pid):
                    used = cpu_seconds(pid)
                    rate, p99 = load(url, path, body, folder)
                    used = cpu_seconds(pid) - used
            own = rate * SECONDS / used
            rates[mode, kind] = rate
            ratio = rates["durable", kind] / rate
            print(
                f"{title:<24} {kind:<16} {rate * events:>10,.0f} events/s"
                f" {own * events:>10,.0f} per CPU second"
                f"  p99 {p99:>9} at 32 connections  ours/this {ratio:.2f}"
            )


main()
