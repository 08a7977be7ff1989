"""Stripe as a dlt source: what is sold, invoiced, paid, given back and subscribed to.

Stripe's objects have no time of change: a refund alters a charge that is months old,
and no filter on ``created`` would notice. So the first load lists everything, and every
later one asks ``/v1/events`` what has happened after the newest event it knows (exactly
there, by ``ending_before``: no clock, no overlap, no row in an idle load) and merges
the newest state of each object that is named. Stripe keeps events for 30 days and a
feed may lose one, so everything is listed again after seven days, or when the
remembered event is gone. Events show a product without its price: when one
changed, all products are listed again, which are few. Events show an invoice without
its coupons, and any answer without the lines after the tenth: such an invoice is asked
for by its id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.rest_api.typing import Endpoint, PaginatorConfig

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.contract import to_cents
from ingestion.sources.stripe_tables import FEEDS, INVOICES, Feed
from ingestion.sources.tables import (
    ROWS_PER_LOAD,
    Document,
    State,
    moment,
    resource,
)

PAGE_SIZE = 100
LIST_AGAIN_AFTER = timedelta(days=7)
_DOWNWARDS: PaginatorConfig = {
    "type": "cursor",
    "cursor_path": "data[-1].id",
    "cursor_param": "starting_after",
    "has_more_path": "has_more",
}
_UPWARDS: PaginatorConfig = {
    "type": "cursor",
    "cursor_path": "data[0].id",
    "cursor_param": "ending_before",
    "has_more_path": "has_more",
}


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the account in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = client_of(settings)

    @dlt.source(name="stripe", max_table_nesting=0)
    def stripe() -> list[Any]:
        return [
            resource(feed.table, _Reader(client, feed).read, rows_per_load)
            for feed in FEEDS
        ]

    return stripe()


def client_of(settings: Settings) -> RESTClient:
    """Return a client of the account in ``headwater.yml``.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "stripe")
    return rest.new_client(
        {
            "base_url": str(section["url"]),
            "auth": {"type": "bearer", "token": section["api_key"]},
        }
    )


def pages(
    client: RESTClient,
    path: str,
    parameters: dict[str, str],
    paginator: PaginatorConfig = _DOWNWARDS,
) -> Iterator[PageData[Any]]:
    """Yield the pages of a list.

    Args:
        client: The account.
        path: The list's path.
        parameters: Of every page.
        paginator: Where the list goes on: downwards to older, upwards to newer objects.

    Raises:
        CdpError: As ``rest.pages`` does.
    """
    listed: Endpoint = {
        "path": path,
        "params": {**parameters},
        "paginator": paginator,
        "data_selector": "data",
    }
    return rest.pages(client, listed)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one table.

    The state holds ``listing`` while a list is being read, then ``listed_at`` and
    ``event``, the newest event that is known.
    """

    client: RESTClient
    feed: Feed

    def read(self, state: State) -> Iterator[list[Document]]:
        """Yield everything at first, then what has changed."""
        if self._must_list(state):
            yield from self._list(state)
            return
        try:
            changed = self._changes(state)
        except (Rejected, Misconfigured):  # the event that is known has gone
            yield from self._list(state)
            return
        if changed and self.feed.is_relisted:
            yield from self._list(state)
        elif changed:
            yield [self._whole(one) for one in changed]

    def _must_list(self, state: State) -> bool:
        if "listing" in state or not state.get("event"):
            return True
        return datetime.now(UTC) - moment(state["listed_at"]) > LIST_AGAIN_AFTER

    def _list(self, state: State) -> Iterator[list[Document]]:
        listing = state.setdefault("listing", {})
        if not listing:
            # before the list: what changes while it is read is told of afterwards
            listing["event"] = self._newest_event()
            listing["started_at"] = datetime.now(UTC).isoformat()
        for page in self._pages_left(listing):
            if page:
                listing["after"] = page[-1]["id"]
                yield [self._whole(one) for one in page]
        del state["listing"]
        state["event"], state["listed_at"] = listing["event"], listing["started_at"]

    def _pages_left(self, listing: State) -> Iterator[PageData[Any]]:
        """Yield the pages after the last one; all where its last object was deleted."""
        path = f"v1/{self.feed.table.name}"
        parameters = {"limit": str(PAGE_SIZE), **self.feed.parameters}
        if (after := listing.get("after")) is not None:
            try:
                for page in pages(
                    self.client, path, {**parameters, "starting_after": after}
                ):
                    after = None
                    yield page
            except Rejected:
                if after is None:
                    raise
            else:
                return
        yield from pages(self.client, path, parameters)

    def _newest_event(self) -> str | None:
        parameters = {"type": self.feed.events, "limit": "1"}
        newest: list[Document] = next(pages(self.client, "v1/events", parameters), [])
        return str(newest[0]["id"]) if newest else None

    def _changes(self, state: State) -> list[Document]:
        """Return the newest state of each object that changed; move the state on."""
        parameters = {"type": self.feed.events, "limit": str(PAGE_SIZE)}
        parameters["ending_before"] = state["event"]
        changed: dict[str, Document] = {}
        event_id = state["event"]
        for page in pages(self.client, "v1/events", parameters, _UPWARDS):
            for event in reversed(page):
                found = event["data"]["object"]
                # an upcoming invoice has no id: it is a forecast, not an invoice
                if found.get("object") == self.feed.kind and "id" in found:
                    is_deleted = event["type"].endswith(".deleted")
                    changed[found["id"]] = {**found, "deleted": is_deleted}
            event_id = page[0]["id"] if page else event_id
        state["event"] = event_id
        return list(changed.values())

    def _whole(self, found: Document) -> Document:
        """Return an object with what this answer left out of it."""
        if found.get("percent_off") is not None:
            return {**found, "percent_off": to_cents(found["percent_off"])}
        if self.feed.table is not INVOICES or found.get("deleted"):
            return found
        path, whole = f"v1/invoices/{found['id']}", dict(found)
        if any(isinstance(one, str) for one in found.get("discounts") or ()):
            whole["discounts"] = self._discounts(path)
        if (found.get("lines") or {}).get("has_more"):
            listed = pages(self.client, f"{path}/lines", {"limit": str(PAGE_SIZE)})
            lines = [line for page in listed for line in page]
            whole["lines"] = {**found["lines"], "has_more": False, "data": lines}
        return whole

    def _discounts(self, path: str) -> Any:
        asked: Endpoint = {"path": path, "params": {"expand[]": "discounts"}}
        return rest.answer(self.client, asked, has="id").get("discounts")
