"""How fast events are delivered live, next to reading and parsing them alone.

    python benchmarks/forward.py [EVENTS]

The destination is a process that reads each request and answers that all was taken, so
that our side is what is measured: reading the log, translating, encoding, compressing,
one request at a time, and keeping the outcomes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from activation.forward import forward_once
from cdp.settings import Settings
from ingestion.event_log import EventLog, read

PROJECT = Path(__file__).parents[1]
SINK = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"code":200,"status":"OK"}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = HTTPServer(("127.0.0.1", 0), Sink)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def event(number: int) -> bytes:
    """Return an accepted event of about one kilobyte."""
    moment = f"2026-10-01T10:{number // 60 % 60:02d}:{number % 60:02d}.250Z"
    product = {"product_id": f"p{number % 500}", "name": "Vintage Kite", "price": 12.5}
    body = {
        "type": "track",
        "event": "order_completed",
        "messageId": f"00000000-0000-4000-8000-{number:012d}",
        "anonymousId": f"device-{number % 5000}",
        "userId": f"user-{number % 3000}",
        "properties": {
            "order_id": f"o{number}",
            "total": 62.5,
            "products": [product] * 5,
        },
        "context": {
            "ip": "203.0.113.7",
            "userAgent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/142.0 Mobile",
            "page": {
                "url": "https://shop.example.com/checkout/done",
                "referrer": "https://shop.example.com/checkout",
            },
            "campaign": {"source": "newsletter", "medium": "email", "name": "autumn"},
        },
        "sourceId": "web",
        "timestamp": moment,
        "receivedAt": moment,
    }
    return json.dumps(body).encode()


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        log = EventLog(Path(folder) / "event_log", "accepted")
        log.append([event(number) for number in range(count)])
        log.close()
        started = time.perf_counter()
        for _, _, line in read(Path(folder) / "event_log", "accepted", {}, 1 << 40):
            msgspec.json.decode(line)
        parsing = count / (time.perf_counter() - started)
        sink = subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE)
        assert sink.stdout is not None
        try:
            delivering, own = _forward(Path(folder), int(sink.stdout.readline()), count)
        finally:
            sink.kill()
            sink.wait()
            sink.stdout.close()
    print(f"read and parsed alone       {parsing:>10,.0f} events/s")
    print(f"delivered live              {delivering:>10,.0f} events/s")
    print(f"  per second of our own CPU {own:>10,.0f} events/s")


def _forward(folder: Path, port: int, count: int) -> tuple[float, float]:
    destination = {
        "kind": "mixpanel",
        "url": f"http://127.0.0.1:{port}",
        "project_id": "1",
        "service_account": "bench",
        "service_secret": "bench",
    }
    connection = {"sources": ["web"], "destination": "mixpanel"}
    document = {
        "destinations": {"mixpanel": destination},
        "connections": {"bench": connection},
    }
    settings = Settings(PROJECT, folder, document, dict(os.environ))
    started, used = time.perf_counter(), time.process_time()
    result = forward_once(settings)
    assert result.delivered == count
    return (
        count / (time.perf_counter() - started),
        count / (time.process_time() - used),
    )


if __name__ == "__main__":
    main()
