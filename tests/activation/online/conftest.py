from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import redis

from activation.online.store import OnlineStore, open_store
from cdp.settings import Settings, load_settings
from sandbox.environment import demo_environment

PROJECT = Path(__file__).parents[3]


def find_redis_server() -> str | None:
    return shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin")


@dataclass(frozen=True)
class Shop:
    """A workspace whose online store runs on one of the engines."""

    settings: Settings
    environment: Mapping[str, str]

    def run_sql(self, *statements: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall()


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """The address of a redis-server of this test's own."""
    program = find_redis_server()
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            program,
            *("--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--dir", str(tmp_path)),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        _await_answer(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(30)


def _await_answer(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with redis.Redis(port=port) as client:
                client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return


@pytest.fixture(params=["lmdb", "redis"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    engine: str = request.param
    environment = demo_environment(0) | {
        "CDP_PROJECT_DIR": str(PROJECT),
        "CDP_DATA_DIR": str(tmp_path / "var"),
        "CDP_ONLINE_ENGINE": engine,
    }
    if engine == "redis":
        environment["CDP_REDIS_URL"] = request.getfixturevalue("redis_url")
    settings = load_settings(environment)
    settings.data_dir.mkdir()
    return Shop(settings, environment)


@pytest.fixture
def store(shop: Shop) -> Iterator[OnlineStore]:
    opened = open_store(shop.settings)
    yield opened
    opened.close()


@pytest.fixture
def build_marts() -> Callable[[Shop], None]:
    """Builds what is published, as dbt and ml would: three customers, four products."""

    def build(shop: Shop) -> None:
        shop.run_sql(
            "create schema marts",
            "create schema predictions",
            """
            create table marts.customers as
            select
                'c_' || number as customer_id,
                'user-' || number as user_id,
                cast(number * 10.50 as decimal(18, 2)) as order_amount_lifetime,
                number = 1 as is_high_value,
                timestamp '2026-10-01 12:00:00' as last_seen_at
            from range(3) as numbers(number)
            """,
            """
            create table marts.customer_identifiers as
            select 'user_id' as identifier_type,
                'user-' || number as identifier_value,
                'c_' || number as customer_id
            from range(3) as numbers(number)
            union all
            select 'anonymous_id', 'device-' || number, 'c_' || number
            from range(3) as numbers(number)
            """,
            """
            create table marts.products as
            select
                'p' || number as product_id,
                'Product ' || number as product_name,
                case when number % 2 = 0 then 'Kites' else 'Lamps' end as category_name,
                cast(9.99 as decimal(18, 4)) as unit_amount,
                'USD' as currency_code
            from range(4) as numbers(number)
            """,
            """
            create table predictions.churn as
            select
                'c_1' as customer_id, 0.75::double as churn_probability,
                'high' as churn_band, true as likelihood_to_churn,
                'm1' as model_version, timestamp '2026-10-02 00:00:00' as scored_at
            """,
            """
            create table predictions.recommendations as
            select
                customer_id, 'p' || number as product_id,
                cast(number + 1 as integer) as rank, 1.0 / (number + 1) as score,
                'm1' as model_version, timestamp '2026-10-02 00:00:00' as scored_at
            from range(4) as numbers(number)
            cross join (values ('*'), ('c_1')) as known(customer_id)
            """,
        )

    return build
