"""Let the simulated people live, and put what they leave behind where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.company.advertising_reports import AdTally
from sandbox.company.company import Company
from sandbox.company.email_campaigns import general_documents
from sandbox.company.invoices import CouponTally
from sandbox.company.journal import Document
from sandbox.company.lives import Life, live_all
from sandbox.company.payments import product_documents
from sandbox.company.storefront_documents import shop_products
from sandbox.company.support_comments import agents
from sandbox.company.truth import TruthFiles
from sandbox.event_file import EventFile
from sandbox.sending import EventSender
from sandbox.tools_store import ToolsStore

DOCUMENTS_PER_WRITE = 5_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """How much was simulated, by what the company emits.

    Attributes:
        person_count: People who lived.
        event_count: Events emitted, duplicates and dirty ones included.
        document_count: Objects in the tools.
        sent_count: Events that the collector acknowledged; 0 without a collector.
    """

    person_count: int
    event_count: int
    document_count: int
    sent_count: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where a simulation writes.

    Attributes:
        folder: Gets ``tools.sqlite`` and ``truth/``, where given.
        events_file: Gets the events as NDJSON, where given.
        collector_url: Gets the events through an SDK, where given.
        write_keys: For the collector: ``web``, ``mobile`` and ``server``.
    """

    folder: Path | None = None
    events_file: Path | None = None
    collector_url: str | None = None
    write_keys: Mapping[str, str] | None = None


class _DocumentBuffer:
    """Gathers documents and writes them to the store many at a time."""

    def __init__(self, store: ToolsStore) -> None:
        self.count = 0
        self._store = store
        self._waiting: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
        self._waiting_count = 0

    def add(self, documents: Iterable[Document]) -> None:
        for document in documents:
            place = (document.tool, document.object_name)
            entry = (document.document_id, document.body)
            self._waiting.setdefault(place, []).append(entry)
            self._waiting_count += 1
        if self._waiting_count >= DOCUMENTS_PER_WRITE:
            self.flush()

    def flush(self) -> None:
        for (tool, object_name), entries in self._waiting.items():
            self._store.put_many(tool, object_name, entries)
        self.count += self._waiting_count
        self._waiting.clear()
        self._waiting_count = 0


class _Outlets:
    """All places that lives are written to; a context manager.

    Args:
        company: The company.
        target: Which places.
    """

    def __init__(self, company: Company, target: Target) -> None:
        self._company = company
        self._ad_tally = AdTally()
        self._coupon_tally = CouponTally()
        self._stack = ExitStack()
        self._truth: TruthFiles | None = None
        self._documents: _DocumentBuffer | None = None
        if target.folder is not None:
            store = self._stack.enter_context(
                closing(ToolsStore(target.folder / "tools.sqlite"))
            )
            self._documents = _DocumentBuffer(store)
            self._documents.add(_general_documents(company))
            self._truth = self._stack.enter_context(TruthFiles(target.folder / "truth"))
            self._truth.write({"products": _product_truth(company)})
        self._lines: EventFile | None = None
        if target.events_file is not None:
            lines = EventFile(target.events_file)
            self._lines = self._stack.enter_context(closing(lines))
        self._sender: EventSender | None = None
        if target.collector_url is not None:
            sender = EventSender(target.collector_url, target.write_keys or {})
            self._sender = self._stack.enter_context(closing(sender))

    def __enter__(self) -> Self:
        """Return itself, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the truth, or drop it where the block failed; close the rest."""
        self._stack.__exit__(kind, error, trace)

    def write(self, life: Life) -> None:
        """Write one life everywhere."""
        if self._documents is not None:
            self._documents.add(life.documents)
            self._ad_tally.count(life.ad_clicks, life.ad_claims)
            self._coupon_tally.count(life.documents)
        if self._truth is not None:
            self._truth.write(life.truth)
        if self._lines is not None:
            self._lines.write(life.events)
        if self._sender is not None:
            self._sender.send(life.events)

    def finish(self) -> tuple[int, int]:
        """Write what waits; return the documents written and the events sent."""
        if self._documents is not None:
            company = self._company
            self._documents.add(self._ad_tally.documents(company.seed, company.season))
            self._documents.add(self._coupon_tally.documents(company.season.start))
            self._documents.flush()
        sent_count = self._sender.finish().event_count if self._sender else 0
        return (self._documents.count if self._documents else 0), sent_count


def simulate(
    company: Company,
    people: range,
    target: Target,
    progress: Callable[[int], None] | None = None,
) -> Simulated:
    """Let these people live, in constant memory.

    Args:
        company: The company, from ``found_company``.
        people: Numbers of the persons; a large run can be split into ranges, each
            with a target of its own.
        target: Where everything goes.
        progress: Called after each person with the number of people so far.

    Raises:
        CdpError: The collector refused events or could not be reached.
    """
    event_count = 0
    with _Outlets(company, target) as outlets:
        for number, life in enumerate(live_all(company, people), start=1):
            event_count += len(life.events)
            outlets.write(life)
            if progress is not None:
                progress(number)
        document_count, sent_count = outlets.finish()
    return Simulated(len(people), event_count, document_count, sent_count)


def _general_documents(company: Company) -> list[Document]:
    products = product_documents(company.catalogue, company.season.start)
    return [
        *(Document("stripe", *document) for document in products),
        *(
            Document("klaviyo", *document)
            for document in general_documents(company.campaigns)
        ),
        *shop_products(company.catalogue, company.season.start),
        *(Document("zendesk", *agent) for agent in agents(company.season.start)),
    ]


def _product_truth(company: Company) -> list[dict[str, Any]]:
    return [
        {
            "product_id": product.product_id,
            "category": product.category,
            "popularity": product.popularity,
            "factors": list(product.factors),
        }
        for product in company.catalogue.products
    ]
