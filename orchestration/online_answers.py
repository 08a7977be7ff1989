"""Ask the online API what to recommend, as a shop front would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import httpx

from activation.online.api import SCOPE
from cdp.api_keys import key_with
from cdp.settings import Settings
from orchestration.answers import Answer
from orchestration.questions import Recommend
from orchestration.service import running_service

_SHOWN = 5
_COLUMNS = ("product_id", "product_name", "category_name", "unit_amount")


@contextmanager
def online_api(settings: Settings, logs: Path) -> Iterator[Recommend]:
    """Run ``cdp serve`` for the length of the block; yields a function that asks it.

    Raises:
        Unavailable: The API did not start.
    """
    with running_service(
        "activation.online", ["--port", "0"], log_file=logs / "online.log"
    ) as port:
        key = key_with(settings, SCOPE)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
        ) as client:
            yield lambda customer_id: _recommendations(client, customer_id)


def _recommendations(client: httpx.Client, customer_id: str) -> Answer:
    reply = client.get(f"/v1/recommendations/{customer_id}")
    reply.raise_for_status()
    products = reply.json()["items"]
    columns = tuple(name for name in _COLUMNS if products and name in products[0])
    rows = tuple(
        tuple(_text(name, product.get(name)) for name in columns)
        for product in products[:_SHOWN]
    )
    return Answer(columns, rows, len(products))


def _text(column: str, value: object) -> str:
    if value is None:
        return "-"
    return f"{Decimal(str(value)):.2f}" if column == "unit_amount" else str(value)
