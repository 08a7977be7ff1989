"""What a declared REST API is asked: a list's first page, and the page to go on with.

A request that is written down, in the journal and in the state of the warehouse, has
nothing in it that came from the environment: that is put in again when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from dlt.sources.helpers.rest_client.client import PageData
from dlt.sources.helpers.rest_client.paginators import RangePaginator
from dlt.sources.rest_api.config_setup import (
    build_parent_record,
    collect_resolved_values,
    expand_placeholders,
)

from ingestion.sources.rest_tables import Reading
from ingestion.sources.tables import Document

Request = dict[str, Any]
_BODIES = ("params", "json")


def first_request(
    reading: Reading, start: datetime | None, values: Mapping[str, Any] | None = None
) -> Request:
    """Return the request of a list's first page.

    Args:
        reading: The list.
        start: When to read from; None for the beginning.
        values: By dlt's placeholder, what stands in its place.
    """
    endpoint, cursor = reading.endpoint, reading.cursor
    since = cursor.text(start) if cursor is not None else ""
    values = {**(values or {}), "incremental.start_value": since}
    in_path = {name: quote(str(value), safe="") for name, value in values.items()}
    params = expand_placeholders(endpoint.get("params") or {}, values)
    if cursor is not None and cursor.param and since:
        params[cursor.param] = since
    request: Request = {
        "method": endpoint.get("method", "GET"),
        "path": expand_placeholders(endpoint["path"], in_path),
        "params": {name: _as_sent(value) for name, value in params.items()},
    }
    if body := endpoint.get("json"):
        request["json"] = expand_placeholders(body, values, preserve_value_type=True)
    return request


def requests_below(
    reading: Reading, documents: list[Document]
) -> Iterator[tuple[dict[str, Any], Document]]:
    """Yield, for records of the list above, what the placeholders of ``reading`` are.

    Returns:
        The values by placeholder, and the fields that the records below get.
    """
    for document in documents:
        try:
            yield (
                collect_resolved_values(document, list(reading.bound), None, None),
                build_parent_record(document, reading.above, list(reading.include)),
            )
        except ValueError:  # it has not what the path names: nothing can be below it
            continue


def written_down(page: PageData[Any], hidden: AbstractSet[str]) -> Request:
    """Return the request of the page after this one.

    Args:
        page: The page; dlt's paginator has made the next request of it.
        hidden: Parameters, and fields of a body, that are left out.
    """
    request = page.request
    parts = urlsplit(str(request.url))
    query = parse_qsl(parts.query, keep_blank_values=True)
    if not hidden.isdisjoint(name for name, _ in query):
        kept = urlencode([one for one in query if one[0] not in hidden])
        parts = parts._replace(query=kept)
    written: Request = {"path": parts.geturl()}
    for body in _BODIES:
        if found := getattr(request, body):
            written[body] = {k: found[k] for k in found if k not in hidden}
    if isinstance(page.paginator, RangePaginator):
        written["at"] = page.paginator.current_value
    return written


def resumed(written: Request, first: Request, held_back: AbstractSet[str]) -> Request:
    """Return a request that was written down as it is sent.

    Args:
        written: What ``written_down`` returned.
        first: The list's first request.
        held_back: Which of its parameters, and fields of its body, were left out.
    """
    request: Request = {"method": first["method"], "path": written["path"]}
    for body in _BODIES:
        declared = first.get(body) or {}
        secret = {name: declared[name] for name in declared if name in held_back}
        if together := {**written.get(body, {}), **secret}:
            request[body] = together
    return request


def _as_sent(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
