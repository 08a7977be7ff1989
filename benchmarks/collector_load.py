"""Servers, events and load for the benchmark of the collector."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
BATCH = 100
CONNECTIONS = 32
KEY = "key"
_ID = "@" * 12
_NGINX_PORT = 18_999
_SERVER = """
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
_NGINX = """
master_process off; daemon off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
server {{ listen 127.0.0.1:{port}; location / {{ return 200 "OK"; }} }} }}
"""
# Every request gets message ids of its own, so that none is a second copy.
_SCRIPT = """
local file = io.open('{folder}/body.json', 'rb')
local parts = {{}}
for text in (file:read('*a') .. '{mark}'):gmatch('(.-){mark}') do
  parts[#parts + 1] = text
  parts[#parts + 1] = ''
end
parts[#parts] = nil
local count = {first}
wrk.method = 'POST'
wrk.headers['Authorization'] = 'Basic a2V5Og=='
request = function()
  for index = 2, #parts, 2 do
    count = count + 1
    parts[index] = string.format('%012d', count)
  end
  return wrk.format(nil, nil, nil, table.concat(parts))
end
{delay}
"""


def event() -> dict[str, object]:
    """Return an event of usual size; its id has a mark that each request replaces."""
    return {
        "type": "track",
        "event": "product_viewed",
        "messageId": f"00000000-0000-4000-8000-{_ID}",
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


@dataclass(frozen=True, slots=True)
class Posts:
    """One kind of load."""

    title: str
    path: str
    body: bytes
    events: int


_SENT_AT = {"sentAt": "2026-05-01T12:00:01.000Z"}
SINGLE = Posts("single posts", "/v1/track", json.dumps(event() | _SENT_AT).encode(), 1)
BATCHES = Posts(
    f"batches of {BATCH}",
    "/v1/batch",
    json.dumps({"batch": [event()] * BATCH} | _SENT_AT).encode(),
    BATCH,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load did: requests a second and the 99th percentile of their time."""

    requests: float
    p99_milliseconds: float


@contextmanager
def collector(
    folder: Path, mode: str = "durable", workers: int = 1
) -> Iterator[tuple[str, int]]:
    """Run our collector; yields its address and process id."""
    command = pinned(0, [sys.executable, "-c", _SERVER, str(folder), mode])
    if workers > 1:
        command = [sys.executable, "-m", "ingestion.collector", "--port", "0"]
        command += ["--workers", str(workers)]
        command += ["--ready-file", str(folder / "ready.json")]
    names = ("WEB", "MOBILE", "SERVER")
    keys = {f"CDP_{name}_WRITE_KEY": name.lower() for name in names}
    environment = os.environ | keys | {"CDP_WEB_WRITE_KEY": KEY}
    environment["CDP_DATA_DIR"] = str(folder)
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        ready = folder / "ready.json"
        while not ready.exists() and process.poll() is None:
            time.sleep(0.05)
        try:
            port = json.loads(ready.read_text())["port"]
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path) -> Iterator[tuple[str, int]]:
    """Run nginx with a static answer; yields its address and process id."""
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=_NGINX_PORT))
    command = pinned(0, [nginx_program() or "nginx", "-c", str(file)])
    with subprocess.Popen(command) as process:
        time.sleep(0.5)
        try:
            yield f"http://127.0.0.1:{_NGINX_PORT}", process.pid
        finally:
            process.terminate()


def nginx_program() -> str | None:
    """Return where nginx is, if it is."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def pinned(core: int, command: list[str]) -> list[str]:
    """Return the command kept to one core, where there are two."""
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return command


def load_command(
    url: str, posts: Posts, folder: Path, seconds: float, rate: float | None = None
) -> list[str]:
    """Return the command that posts for some time.

    Args:
        url: The server's address.
        posts: What is posted.
        folder: Where the script may be written.
        seconds: For how long.
        rate: Requests a second at most; without it as many as the server takes.
    """
    delay = ""
    if rate is not None:
        pause = 1000 * CONNECTIONS / rate  # of one connection, milliseconds on average
        delay = f"delay = function() return math.random() * {2 * pause} end"
    (folder / "body.json").write_bytes(posts.body)
    script = folder / "post.lua"
    first = time.time_ns() // 1_000_000 % 10**12
    script.write_text(
        _SCRIPT.format(
            folder=folder, mark=_ID, first=first * 1000 % 10**12, delay=delay
        )
    )
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    return pinned(1, [*command, "-s", str(script), url + posts.path])


def load(
    url: str, posts: Posts, folder: Path, seconds: float, rate: float | None = None
) -> Measured:
    """Post for some time, as ``load_command`` says."""
    command = load_command(url, posts, folder, seconds, rate)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(done.stdout)
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]
    rate_found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    return Measured(float(rate_found[1]), float(found[1]) * scale)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its children have used so far."""
    used = 0.0
    for one in (pid, *children(pid)):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split()]


def resident_bytes(pid: int) -> int:
    """Return the memory that a process has now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024
