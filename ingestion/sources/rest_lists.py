"""What is new in the lists of a declared REST API, each load going on where it was.

A round of a list begins a while before the newest change that was seen, or at the
beginning where the tool cannot be asked so. A list below another is read for each
record above that is new or changed. dlt's placeholders say what a request asks for; the
loop is ours, because dlt's cannot go on in the middle of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from ingestion.sources.rest_pages import Pages
from ingestion.sources.rest_requests import first_request, requests_below
from ingestion.sources.rest_tables import Reading
from ingestion.sources.tables import Document, State, moment
from ingestion.sources.watermark import Watermark


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one source.

    Attributes:
        client: The tool's API.
        readings: How each list is read, by its declared name.
        key_param: The parameter that the tool's key goes to; "" where it is none.
    """

    client: RESTClient
    readings: Mapping[str, Reading]
    key_param: str = ""

    def rounds(
        self, name: str, state: State, *, whole: bool = False
    ) -> Iterator[list[Document]]:
        """Yield the records of a list that are new or changed, to the end of its round.

        Args:
            name: The list, as it is declared.
            state: How far it is; moved on before each page.
            whole: Yield every record, whatever was seen before.

        Raises:
            CdpError: As ``Pages.read`` does.
        """
        reading = self.readings[name]
        if state.get("declared") != reading.digest:
            # where a list goes on is meant for the requests that led there
            for each in ("next", "waiting", "has_answered"):
                state.pop(each, None)
            state["declared"] = reading.digest
        if reading.above:
            yield from self._below(reading, state, whole=whole)
            return
        mark = None
        if reading.cursor is not None and not whole:
            cursor = reading.cursor
            mark = Watermark(state, reading.table.key, cursor.field, cursor.lag)
        start = _begin_round(state, mark)
        pages = self._pages(reading, start)
        for documents in pages.read(state):
            if mark is not None and "newest" not in state:
                pages.check_field(documents, mark.cursor)
            new = documents if mark is None else mark.take_new(documents)
            if "next" not in state:
                _end_round(state)
            yield new

    def listed(
        self, name: str, since: datetime | None = None
    ) -> Iterator[list[Document]]:
        """Yield a list from its beginning, whatever was seen before.

        Args:
            name: The list, as it is declared.
            since: Ask for what has changed since then; None asks for all.
        """
        reading = self.readings[name]
        if reading.above:
            yield from self._below(reading, {}, whole=True)
        else:
            yield from self._pages(reading, since).read({})

    def _below(
        self, reading: Reading, state: State, *, whole: bool
    ) -> Iterator[list[Document]]:
        """Yield the records below each record of the list above."""
        above: State = state.setdefault("above", {})
        goes_on = not is_over(state)
        yield from self._waiting(reading, state)
        if goes_on and is_over(above):
            return
        every = whole or reading.reads_all_above
        for documents in self.rounds(reading.above, above, whole=every):
            state["waiting"] = [list(one) for one in requests_below(reading, documents)]
            yield from self._waiting(reading, state)

    def _waiting(self, reading: Reading, state: State) -> Iterator[list[Document]]:
        while state.get("waiting"):
            values, of_parent = state["waiting"][0]
            may_be_gone, is_read = bool(state.get("has_answered")), False
            pages = self._pages(
                reading, None, values, of_parent, may_be_gone=may_be_gone
            )
            for documents in pages.read(state):
                state["has_answered"] = True
                is_read = "next" not in state
                if is_read:
                    del state["waiting"][0]
                yield documents
            if not is_read:  # it is gone since the list above was read
                state.pop("next", None)
                del state["waiting"][0]

    def _pages(
        self,
        reading: Reading,
        start: datetime | None,
        values: Mapping[str, Any] | None = None,
        of_parent: Document | None = None,
        *,
        may_be_gone: bool = False,
    ) -> Pages:
        return Pages(
            self.client,
            reading,
            first_request(reading, start, values),
            reading.held_back | {self.key_param},
            of_parent or {},
            may_be_gone=may_be_gone,
        )


def is_over(state: State) -> bool:
    """Return whether the last round of a list was read to its end."""
    if state.get("next") or state.get("waiting"):
        return False
    return "above" not in state or is_over(state["above"])


def _begin_round(state: State, mark: Watermark | None) -> datetime | None:
    """Return when to read from: of a round that goes on, what it began with."""
    if "began" not in state:
        start = mark.start() if mark is not None else None
        state["began"] = datetime.now(UTC).isoformat()
        state["since"] = start.isoformat() if start is not None else None
    since = state["since"]
    return moment(since) if since is not None else None


def _end_round(state: State) -> None:
    """Let the next round begin no later than this one began.

    A list that is not in the order of its changes may have shown a record before it
    was changed, and another one after it was.
    """
    began = moment(state.pop("began"))
    del state["since"]
    if "newest" in state and moment(state["newest"]) > began:
        naive = began.replace(tzinfo=None)
        state["newest"] = f"{naive.isoformat(timespec='microseconds')}Z"
