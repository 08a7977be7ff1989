"""Klaviyo as a dlt source: profiles, campaigns and email events, JSON:API by cursor.

Profiles are read in order of ``updated``, campaigns of ``updated_at``, events of
``datetime``, from a while before the newest one seen, and merged on id. A document's
attributes become columns; its relationships stay JSON. ``properties`` of a profile
holds what our own sync writes there: it lands here, but staging leaves it out, so that
no trait comes back as news. Klaviyo does not tell of deletes: once a day the ids of
profiles and campaigns are listed and compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.client import PageData, RESTClient

from cdp.settings import Settings
from ingestion.sources import rest
from ingestion.sources.deletions import Compared, IdLists
from ingestion.sources.klaviyo_tables import (
    CAMPAIGNS,
    EVENTS,
    ID_LISTS,
    PROFILES,
    READINGS,
    Reading,
)
from ingestion.sources.tables import ROWS_PER_LOAD, Document, State, resource
from ingestion.sources.watermark import Watermark

__all__ = ["CAMPAIGNS", "EVENTS", "PROFILES", "READINGS", "REVISION", "source"]

REVISION = "2026-07-15"


def source(settings: Settings, *, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt source of the account in ``headwater.yml``.

    Args:
        settings: The workspace.
        rows_per_load: A table stops after so many rows; the next load goes on there.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = client_of(settings)

    @dlt.source(name="klaviyo", max_table_nesting=0)
    def klaviyo() -> list[Any]:
        return [_resource(client, reading, rows_per_load) for reading in READINGS]

    return klaviyo()


def client_of(settings: Settings) -> RESTClient:
    """Return a client of the account in ``headwater.yml``.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    section = rest.section_of_kind(settings, "klaviyo")
    key = f"Klaviyo-API-Key {section['api_key']}"
    return rest.new_client(
        {
            "base_url": str(section["url"]),
            "headers": {"revision": REVISION, "accept": "application/vnd.api+json"},
            "auth": {"type": "api_key", "name": "Authorization", "api_key": key},
            "paginator": {"type": "json_link", "next_url_path": "links.next"},
        }
    )


def pages(
    client: RESTClient, table: str, parameters: Mapping[str, str]
) -> Iterator[PageData[Any]]:
    """Yield the pages of a list.

    Args:
        client: The account.
        table: profiles, events or campaigns.
        parameters: Of the first page; the links to the others hold them.

    Raises:
        CdpError: As ``rest.pages`` does.
    """
    return rest.pages(
        client,
        {"path": f"api/{table}", "params": {**parameters}, "data_selector": "data"},
    )


def id_lists(settings: Settings) -> IdLists:
    """Return what lists all ids, by table: nothing tells of every delete.

    Raises:
        Misconfigured: The source or one of its variables is missing.
    """
    client = client_of(settings)
    return {
        Compared("klaviyo", table, ("id",)): partial(_ids, client, table, requests)
        for table, requests in ID_LISTS.items()
    }


def _ids(
    client: RESTClient, table: str, requests: Sequence[Mapping[str, str]]
) -> Iterator[list[str]]:
    for parameters in requests:
        for page in pages(client, table, parameters):
            yield [str(document["id"]) for document in page]


def _resource(client: RESTClient, reading: Reading, rows_per_load: int) -> Any:
    table, cursor = reading.table, str(reading.table.cursor)

    def read(state: State) -> Iterator[list[Document]]:
        mark = Watermark(state, table.key, cursor, reading.lag)
        parameters = {**reading.parameters, "sort": cursor}
        if condition := _filter(reading, mark):
            parameters["filter"] = condition
        for page in pages(client, table.name, parameters):
            yield mark.take_new(_flattened(page))

    return resource(table, read, rows_per_load)


def _filter(reading: Reading, mark: Watermark) -> str:
    start = mark.start()
    if start is None:
        return reading.must_filter
    moment = f"{start:%Y-%m-%dT%H:%M:%SZ}"
    since = f"{reading.operator}({reading.table.cursor},{moment})"
    return f"and({reading.must_filter},{since})" if reading.must_filter else since


def _flattened(page: PageData[Any]) -> list[Document]:
    """Return documents with their attributes as fields, and what belongs to them."""
    included = page.response.json().get("included", [])
    by_id = {one["id"]: one["attributes"] for one in included}
    flattened = []
    for document in page:
        row = {"id": document["id"], "type": document["type"], **document["attributes"]}
        if document["type"] == "event":
            related = document.get("relationships", {})
            metric = (related.get("metric", {}).get("data") or {}).get("id")
            metric_name = by_id.get(metric, {}).get("name")
            row |= {"relationships": related, "metric_name": metric_name}
        elif document["type"] == "campaign":
            row |= _messages_of(document, by_id)
        flattened.append(row)
    return flattened


def _messages_of(document: Document, by_id: Mapping[str, Document]) -> Document:
    """Return a campaign's messages, and id and subject of its first one.

    A campaign that tests variants has several; events name the message.
    """
    related = document.get("relationships", {}).get("campaign-messages", {})
    messages = [
        {"id": one["id"], "subject": _subject_of(by_id.get(one["id"], {}))}
        for one in related.get("data") or []
    ]
    first = messages[0] if messages else {"id": None, "subject": None}
    return {
        "messages": {"data": messages},
        "message_id": first["id"],
        "subject": first["subject"],
    }


def _subject_of(attributes: Mapping[str, Any]) -> str | None:
    definition = attributes.get("definition") or attributes
    subject = (definition.get("content") or {}).get("subject")
    return str(subject) if subject else None
