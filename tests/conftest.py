"""Servers that several rooms test against."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, settings

PASSWORD = "open sesame"

# How fast examples are drawn and tried tells of the machine's load, not of the code.
settings.register_profile(
    "on any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("on any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow modules first: what is quick fills up whichever worker is done first."""
    items.sort(key=lambda item: not _is_of_slow_module(item))


def _is_of_slow_module(item: pytest.Item) -> bool:
    module = item.getparent(pytest.Module)
    return module is not None and any(m.name == "slow" for m in module.own_markers)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class PostgresServer:
    """A PostgreSQL server of the tests' own."""

    binaries: Path
    folder: Path
    port: int
    owner: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None

    @property
    def section(self) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "database": "postgres",
            "user": "headwater",
            "password": PASSWORD,
        }

    def create(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        subprocess.run(
            [
                *(self.binaries / "initdb", "--pgdata", self.folder / "data"),
                *("--username", "headwater", "--pwfile", secret, "--no-sync"),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self.owner,
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(self.binaries / "postgres", "-D", self.folder / "data"),
                *("-p", str(self.port), "-c", "listen_addresses=127.0.0.1"),
                *("-c", "unix_socket_directories=", "-c", "fsync=off"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self.owner,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.run("select 1")
            except psycopg.OperationalError:
                assert self.process.poll() is None, "the server did not start"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)  # its fast shutdown
        self.process.wait(60)

    def rows(self, table: str, columns: str = "*") -> list[Any]:
        return self.run(f"select {columns} from {table} order by 1")  # noqa: S608

    def run(self, statement: str) -> list[Any]:
        with (
            psycopg.connect(
                host="127.0.0.1",
                port=self.port,
                user="headwater",
                password=PASSWORD,
                dbname="postgres",
                autocommit=True,
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


def _binaries() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.skip("PostgreSQL's server is not installed")


def _owner(folder: Path) -> dict[str, Any]:
    """Return who runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("there is no user but root to run PostgreSQL")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    binaries = _binaries()
    # not under tmp_path, which only its owner may enter
    with tempfile.TemporaryDirectory(prefix="headwater-postgres-") as name:
        folder = Path(name)
        server = PostgresServer(binaries, folder, _free_port(), _owner(folder))
        server.create()
        server.start()
        try:
            yield server
        finally:
            if server.process is not None and server.process.poll() is None:
                server.stop()


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    """A store that speaks S3, and the settings that reach it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/lake", timeout=30).raise_for_status()
    yield {
        "endpoint": endpoint,
        "region": "us-east-1",
        "access_key_id": "key",
        "secret_access_key": "secret",
    }
    server.stop()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return _free_port()
