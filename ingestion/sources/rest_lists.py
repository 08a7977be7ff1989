"""Reading the lists of a declared REST API, each load going on where the last one was.

dlt's paginators say where the next page is, dlt's placeholders what a request asks for.
The loop is ours: after each page the state has the request of the next one, so that a
load goes on there whatever ended the last one. A round of a list begins a while before
the newest change that was seen, or at the beginning where the tool cannot be asked so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import (
    RangePaginator,
    SinglePagePaginator,
)

from cdp.errors import Misconfigured
from ingestion.sources import rest
from ingestion.sources.answers import checked_list
from ingestion.sources.rest_paginators import DECLARE, paginator_of
from ingestion.sources.rest_requests import (
    Request,
    first_request,
    requests_below,
    resumed,
    written_down,
)
from ingestion.sources.rest_tables import Reading
from ingestion.sources.tables import Document, State, moment
from ingestion.sources.watermark import Watermark

_PAGE_SIZE = re.compile(
    r"limit|size|per_?page|count|max|take|top|first|rows", re.IGNORECASE
)


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
            CdpError: As ``rest.pages`` does.
            Misconfigured: The answers are not what the declaration says.
        """
        reading = self.readings[name]
        if reading.above:
            yield from self._below(reading, state, whole=whole)
            return
        mark = None
        if reading.cursor is not None and not whole:
            cursor = reading.cursor
            mark = Watermark(state, reading.table.key, cursor.field, cursor.lag)
        if "next" not in state:
            state["began"] = datetime.now(UTC).isoformat()
        start = mark.start() if mark is not None else None
        for documents in self._pages(reading, state, first_request(reading, start)):
            if mark is not None and "newest" not in state:
                _check_field(documents, mark.cursor, reading)
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
            yield from self._pages(reading, {}, first_request(reading, since))

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
            first = first_request(reading, None, values)
            has_answered, is_read = bool(state.get("has_answered")), False
            for documents in self._pages(
                reading, state, first, of_parent, may_be_gone=has_answered
            ):
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
        state: State,
        first: Request,
        of_parent: Document | None = None,
        *,
        may_be_gone: bool = False,
    ) -> Iterator[list[Document]]:
        """Yield the pages of one list; ``next`` of the state is what comes after."""
        more = of_parent or {}
        request, going_on = first, state.get("next")
        paginator = paginator_of(reading.paginator)
        if going_on is not None:
            request = resumed(going_on, first, reading.held_back)
            if isinstance(paginator, RangePaginator) and "at" in going_on:
                paginator.initial_value = going_on["at"]
        selector = reading.endpoint.get("data_selector")
        previous: list[Any] = []
        for page in self._answers(
            reading,
            request,
            check=checked_list(selector, may_be_gone=may_be_gone),
            paginator=paginator,
            data_selector=selector,
        ):
            _check(page, reading, request, previous)
            previous = list(page)
            if page.paginator.has_next_page:
                hidden = reading.held_back | {self.key_param}
                state["next"] = written_down(page, hidden)
            else:
                state.pop("next", None)
            documents = [reading.row({**document, **more}) for document in page]
            _check_field(documents, reading.table.key, reading)
            yield documents

    def _answers(
        self, reading: Reading, request: Request, **options: Any
    ) -> Iterator[PageData[Any]]:
        try:
            yield from rest.pages(
                self.client, method=reading.method, **request, **options
            )
        except ValueError:  # dlt's words repeat the answer
            raise Misconfigured(
                "the answer has not what the paginator looks for",
                place=f"{reading.place}.paginator",
                fix="Check total_path and has_more_path",
            ) from None


def is_over(state: State) -> bool:
    """Return whether the last round of a list was read to its end."""
    if state.get("next") or state.get("waiting"):
        return False
    return "above" not in state or is_over(state["above"])


def _end_round(state: State) -> None:
    """Let the next round begin no later than this one began.

    A list that is not in the order of its changes may have shown a record before it
    was changed, and another one after it was.
    """
    began = moment(state.pop("began"))
    if "newest" in state and moment(state["newest"]) > began:
        naive = began.replace(tzinfo=None)
        state["newest"] = f"{naive.isoformat(timespec='microseconds')}Z"


def _check_field(documents: list[Document], name: str, reading: Reading) -> None:
    """Refuse a page of which no record has what every record needs."""
    if documents and all(document.get(name) is None for document in documents):
        raise Misconfigured(
            f"no record has {name}",
            place=reading.place,
            fix="Check key, cursor and data_selector",
        )


def _check(
    page: PageData[Any], reading: Reading, request: Request, previous: list[Any]
) -> None:
    if not all(isinstance(document, dict) for document in page):
        raise Misconfigured(
            "what the answer has in this place are no records",
            place=f"{reading.place}.data_selector",
            fix="Check which path of an answer has a list of records",
        )
    if page and list(page) == previous:
        raise Misconfigured(
            "two pages are the same",
            place=f"{reading.place}.paginator",
            fix="Check its parameter, and the number of the first page",
        )
    if reading.paginator is None and isinstance(page.paginator, SinglePagePaginator):
        for name, value in (request.get("params") or {}).items():
            if _PAGE_SIZE.search(name) and str(value) == str(len(page)):
                raise Misconfigured(
                    f"as many records came as {name} asks for, and no link to more",
                    place=reading.place,
                    fix=f"{DECLARE}; it is single_page if these are all",
                )
