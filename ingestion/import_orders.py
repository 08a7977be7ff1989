"""Replay a file of order lines through the collector; `cdp import` is what runs it.

The events go where an SDK's would, so a company's past passes the same plan, log and
pipelines as its present. Message ids follow from the invoices: importing again, or
going on after a stop, changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from cdp.settings import Settings
from ingestion.batch_client import BatchClient, batches
from ingestion.order_events import Event, InvoiceEvents, events_of
from ingestion.order_file import OrderFile
from ingestion.order_mapping import OrderMapping

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class ImportResult:
    """What an import did; counted over the whole file, also where it went on.

    Attributes:
        lines: Rows of the file.
        orders: Invoices that became ``order_completed``.
        refunds: Invoices that became ``order_refunded``.
        amount: Exact sum of quantity x price.
        events_sent: Events that this run sent.
        events_before: Events that earlier runs had sent.
        seconds: How long it took.
    """

    lines: int = 0
    orders: int = 0
    refunds: int = 0
    amount: Decimal = field(default_factory=Decimal)
    events_sent: int = 0
    events_before: int = 0
    seconds: float = 0.0

    def count(self, invoice: InvoiceEvents) -> None:
        """Add one invoice."""
        self.lines += invoice.lines
        self.amount += invoice.amount
        self.refunds += invoice.is_refund
        self.orders += not invoice.is_refund


def import_orders(
    settings: Settings,
    path: Path,
    mapping: OrderMapping,
    client: BatchClient,
    *,
    again: bool = False,
    progress: Progress = lambda *_: None,
) -> ImportResult:
    """Send every invoice of a file to the collector.

    Args:
        settings: The workspace, which remembers how far an import has come.
        path: Parquet or CSV.
        mapping: How it is to be read.
        client: Where it is sent.
        again: Send all of it, also what was sent before.
        progress: Told how many lines are sent, of how many.

    Raises:
        Rejected: The file or a batch cannot be taken; of a bad file nothing is sent.
        Misconfigured: File, column, address or write key is wrong.
        Unavailable: The collector cannot be reached; running again goes on.
    """
    started = time.monotonic()
    bookmark = _Bookmark(settings, path, mapping)
    if not again and (finished := bookmark.finished()):
        return finished
    order_file = OrderFile(path, mapping)
    sent_before = 0 if again else bookmark.events()
    result = ImportResult(events_before=sent_before)
    events = _counted(order_file, mapping, result)
    for _ in range(sent_before):
        next(events, None)
    for batch in batches(events):
        client.post(batch)
        result.events_sent += len(batch)
        bookmark.write({"events": sent_before + result.events_sent})
        progress("lines sent", result.lines, order_file.totals.lines)
    bookmark.write(
        {
            "events": sent_before + result.events_sent,
            "lines": result.lines,
            "orders": result.orders,
            "refunds": result.refunds,
            "amount": str(result.amount),
        }
    )
    result.seconds = time.monotonic() - started
    return result


def _counted(
    order_file: OrderFile, mapping: OrderMapping, result: ImportResult
) -> Iterator[Event]:
    for invoice in events_of(order_file.invoices(), mapping):
        result.count(invoice)
        yield from invoice.events


class _Bookmark:
    """How many events of this file, read with this mapping, the collector has."""

    def __init__(self, settings: Settings, path: Path, mapping: OrderMapping) -> None:
        digest = hashlib.sha256(mapping.path.read_bytes())
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        folder = settings.data_dir / "state" / "imports"
        self._file = folder / f"{mapping.name}-{digest.hexdigest()[:16]}.json"

    def events(self) -> int:
        """How many events were sent."""
        return int(self._content().get("events", 0))

    def finished(self) -> ImportResult | None:
        """What the import did, once all of the file was sent."""
        content = self._content()
        if "amount" not in content:
            return None
        return ImportResult(
            int(content["lines"]),
            int(content["orders"]),
            int(content["refunds"]),
            Decimal(content["amount"]),
            events_before=int(content["events"]),
        )

    def write(self, content: Mapping[str, object]) -> None:
        """Remember it, whatever happens next."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(content), encoding="utf-8")
        new.replace(self._file)

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}
