"""How many requests a second the online API answers, next to a static answer.

    python benchmarks/online.py [CUSTOMERS]

Fills the store with CUSTOMERS profiles and their recommendations, serves it with one
process of `cdp serve` on each engine, and asks for customers at random with wrk: 32
connections, one thread. The static answer is /health of the same server, which reads no
store. Programs that are not installed are said and left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from activation.online.keys import identity_key, profile_key, recommendations_key
from activation.online.store import OnlineStore, open_store
from cdp.settings import load_settings

PROJECT = Path(__file__).parents[1]
SECONDS = 4
KEY = "bench"
SCRIPT = """
wrk.headers["Authorization"] = "Bearer {key}"
request = function()
  return wrk.format("GET", (string.gsub("{path}", "N", math.random(0, {last}))))
end
"""
PATHS = {
    "static answer": "/health",
    "profile": "/v1/profiles/c_N",
    "recommendations": "/v1/recommendations?user_id=user-N",
}


def fill(store: OnlineStore, customers: int) -> None:
    """Write what `cdp publish` would, with fifty fields a profile."""
    pack = msgspec.msgpack.encode
    profile = {f"trait_number_{number}": number * 1.5 for number in range(50)}
    items = [
        {"product_id": f"p{number}", "product_name": f"Product {number}", "score": 0.5}
        | {"category_name": "Kites", "unit_amount": "9.99", "currency_code": "USD"}
        for number in range(10)
    ]
    recommended = pack({"model_version": "m1", "items": items})
    store.write([(recommendations_key("*"), recommended)])
    for number in range(customers):
        name = f"c_{number}"
        store.write(
            [
                (profile_key(name), pack({"customer_id": name, **profile})),
                (recommendations_key(name), recommended),
                (identity_key("user_id", f"user-{number}"), pack(name)),
            ]
        )


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a redis-server and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("redis-server") or "redis-server"
    arguments = ["--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
    try:
        _wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close())
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


def _wait_for(answer: object) -> None:
    assert callable(answer)
    for _ in range(500):
        try:
            answer()
        except (OSError, ValueError):
            time.sleep(0.05)
        else:
            return
    message = "a server did not start"
    raise TimeoutError(message)


def measure(engine: str, folder: Path, customers: int, redis_url: str = "") -> None:
    """Serve one engine and print what wrk finds."""
    environment = dict(os.environ) | {
        "CDP_PROJECT_DIR": str(PROJECT),
        "CDP_DATA_DIR": str(folder / engine),
        "CDP_ONLINE_ENGINE": engine,
        "CDP_ONLINE_API_KEY": KEY,
        "CDP_REDIS_URL": redis_url,
    }
    store = open_store(load_settings(environment))
    fill(store, customers)
    store.close()
    ready = folder / f"{engine}.json"
    command = [sys.executable, "-c", "from cdp.cli import main; main()", "serve"]
    server = subprocess.Popen(
        [*command, "--port", "0", "--ready-file", str(ready)],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(lambda: json.loads(ready.read_text()))
        port = json.loads(ready.read_text())["port"]
        for name, path in PATHS.items():
            print(f"{engine:<6} {name:<16} {ask(port, path, folder, customers)}")
    finally:
        server.terminate()
        server.wait()


def ask(port: int, path: str, folder: Path, customers: int) -> str:
    """Return requests per second and latencies of one address."""
    script = folder / "ask.lua"
    script.write_text(SCRIPT.format(key=KEY, path=path, last=customers - 1))
    said = subprocess.run(
        [
            *("wrk", "-t1", "-c32", f"-d{SECONDS}s", "--latency"),
            *("-s", str(script), f"http://127.0.0.1:{port}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Non-2xx" not in said, said
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p50, p99 = (re.search(rf"\n\s+{share}%\s+(\S+)", said) for share in (50, 99))
    assert rate
    assert p50
    assert p99
    return f"{float(rate[1]):>8,.0f} requests/s  p50 {p50[1]:>8}  p99 {p99[1]:>8}"


def main() -> None:
    """Measure and print."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    if shutil.which("wrk") is None:
        print("wrk is not installed: nothing measured")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure("lmdb", folder, customers)
        if shutil.which("redis-server") is None:
            print("redis-server is not installed: Redis not measured")
            return
        with redis_server(folder) as url:
            measure("redis", folder, customers, url)


if __name__ == "__main__":
    main()
