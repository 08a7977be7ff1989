"""One list of a declared REST API, followed page by page from wherever it was.

dlt's paginators say where the next page is; after each page the state has its request,
so that reading goes on there whatever ended the last one. An answer that is not what
the declaration says ends the load: it must not pass for a list that is short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    RangePaginator,
    SinglePagePaginator,
)

from cdp.errors import CdpError, Misconfigured
from ingestion.sources import rest
from ingestion.sources.answers import checked_list
from ingestion.sources.rest_paginators import DECLARE, paginator_of
from ingestion.sources.rest_requests import Request, resumed, written_down
from ingestion.sources.rest_tables import Reading
from ingestion.sources.tables import Document, State

_PAGE_SIZE = re.compile(
    r"limit|size|per_?page|count|max|take|top|first|rows", re.IGNORECASE
)
_NO_LONGER_THERE = (
    *(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    *(HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY),
)


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one list.

    Attributes:
        client: The tool's API.
        reading: How the list is read.
        first: The request of its first page.
        hidden: Parameters, and fields of a body, that are not written down.
        of_parent: What each record gets of the record above.
        may_be_gone: An address with nothing at it has no records.
    """

    client: RESTClient
    reading: Reading
    first: Request
    hidden: AbstractSet[str]
    of_parent: Document
    may_be_gone: bool = False

    def read(self, state: State) -> Iterator[list[Document]]:
        """Yield the pages that are left; ``next`` of the state is what comes after.

        A tool forgets after a while where a list was; then it is read from its first
        page again.

        Raises:
            CdpError: As ``rest.pages`` does.
            Misconfigured: The answers are not what the declaration says.
        """
        going_on = state.get("next")
        if going_on is not None:
            try:
                for documents in self._pages(state, going_on):
                    going_on = None
                    yield documents
            except CdpError as error:
                if going_on is None or not _is_forgotten(error):
                    raise
                del state["next"]
            else:
                return
        yield from self._pages(state, None)

    def _pages(
        self, state: State, going_on: Request | None
    ) -> Iterator[list[Document]]:
        request, paginator = self.first, paginator_of(self.reading.paginator)
        if going_on is not None:
            request = resumed(going_on, self.first, self.reading.held_back)
            if isinstance(paginator, RangePaginator) and "at" in going_on:
                paginator.initial_value = going_on["at"]
        previous: list[Any] = []
        for page in self._answers(request, paginator):
            self._check(page, request, previous)
            previous = list(page)
            rows = [self.reading.row({**one, **self.of_parent}) for one in page]
            self.check_field(rows, self.reading.table.key)
            if page.paginator.has_next_page:
                state["next"] = written_down(page, self.hidden)
            else:
                state.pop("next", None)
            yield rows

    def _answers(
        self, request: Request, paginator: BasePaginator | None
    ) -> Iterator[PageData[Any]]:
        selector = self.reading.endpoint.get("data_selector")
        asked: Any = {**request, "data_selector": selector, "paginator": paginator}
        check = checked_list(selector, may_be_gone=self.may_be_gone)
        try:
            yield from rest.pages(self.client, asked, check=check)
        except ValueError:  # dlt's words repeat the answer
            raise Misconfigured(
                "the answer has not what the paginator looks for",
                place=f"{self.reading.place}.paginator",
                fix="Check total_path and has_more_path",
            ) from None

    def check_field(self, rows: list[Document], name: str) -> None:
        """Refuse a page of which no record has what every record needs.

        Raises:
            Misconfigured: It is such a page.
        """
        if rows and all(row.get(name) is None for row in rows):
            raise Misconfigured(
                f"no record has {name}",
                place=self.reading.place,
                fix="Check key, cursor and data_selector",
            )

    def _check(
        self, page: PageData[Any], request: Request, previous: list[Any]
    ) -> None:
        reading = self.reading
        if not all(isinstance(record, dict) for record in page):
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
        is_all = isinstance(page.paginator, SinglePagePaginator)
        if reading.paginator is None and is_all:
            for name, value in (request.get("params") or {}).items():
                if _PAGE_SIZE.search(name) and str(value) == str(len(page)):
                    raise Misconfigured(
                        f"as many records came as {name} asks for, and no link to more",
                        place=reading.place,
                        fix=f"{DECLARE}; it is single_page if these are all",
                    )


def _is_forgotten(error: CdpError) -> bool:
    """Return whether a tool refused a request because it is too old."""
    cause = error.__cause__
    if not isinstance(cause, requests.HTTPError) or cause.response is None:
        return False
    return cause.response.status_code in _NO_LONGER_THERE
