"""What is wrong with the declaration of a REST API, told before anything is asked.

``cdp check`` and ``cdp load`` read the same rules: the keys as they are declared
(``rest_api_kind.py``), and what only dlt can say: whether a paginator can be made of
its settings, whether a path is one, whether a list is below another that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dlt.common import jsonpath
from dlt.sources.rest_api.config_setup import build_resource_dependency_graph
from dlt.sources.rest_api.typing import (
    ApiKeyAuthConfig,
    BearerTokenAuthConfig,
    HttpBasicAuthConfig,
    OAuth2ClientCredentialsConfig,
)

from cdp.errors import CdpError
from cdp.workspace_file import KeyPath
from ingestion.sources.declared_shape import Problem, near
from ingestion.sources.rest_paginators import paginator_problems, words
from ingestion.sources.spans import span
from ingestion.sources.sql_types import column_name

START = "{incremental.start_value}"
"""dlt's word for the time to read from, in a path, a parameter or a body."""
_ABOVE = re.compile(r"\{resources\.([^.}]+)\.")
# by type: what dlt knows, and what it cannot do without
_AUTH: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "bearer": (BearerTokenAuthConfig, ("token",)),
    "api_key": (ApiKeyAuthConfig, ("api_key",)),
    "http_basic": (HttpBasicAuthConfig, ("username", "password")),
    "oauth2_client_credentials": (
        OAuth2ClientCredentialsConfig,
        ("access_token_url", "client_id", "client_secret"),
    ),
}


def problems(section: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what dlt, or reading it, could not do with a section of the right shape."""
    yield from _of_auth(section.get("auth") or {})
    yield from paginator_problems(section.get("paginator"), ("paginator",))
    tables = tables_of(section)
    names: set[str] = set()
    for name, table in tables.items():
        place = ("tables", name)
        if column_name(name) in names:
            yield Problem(place, "another table has this name", "Name it otherwise")
        names.add(column_name(name))
        yield from paginator_problems(table.get("paginator"), (*place, "paginator"))
        yield from _of_paths(table, place)
        yield from _of_spans(table, place)
        yield from _of_cursor(table, (*place, "cursor"))
        yield from _of_place(name, tables)


def tables_of(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables of a section by name; a number may be one."""
    return {str(name): table for name, table in section["tables"].items()}


def resource(name: str, table: Mapping[str, Any]) -> Any:
    """Return a table as dlt's ``rest_api`` takes it; paginators are made apart."""
    told = ("method", "params", "json", "data_selector")
    endpoint = {key: table[key] for key in told if table.get(key) is not None}
    if "data_selector" in endpoint:
        endpoint["data_selector"] = str(endpoint["data_selector"])
    if cursor := table.get("cursor"):
        endpoint["incremental"] = {"cursor_path": cursor["field"]}
    return {
        "name": name,
        "endpoint": {"path": str(table.get("path") or name), **endpoint},
    }


def tables_above(table: Mapping[str, Any]) -> list[str]:
    """Return the tables that the requests of a table name."""
    return sorted(set(_ABOVE.findall(_asked(table))))


def _asked(table: Mapping[str, Any]) -> str:
    return str([table.get(key) for key in ("path", "params", "json")])


def _of_auth(auth: Mapping[str, Any]) -> Iterator[Problem]:
    if not auth:
        return
    kind = str(auth.get("type", "bearer"))
    typed, required = _AUTH[kind]
    for name in auth:
        if name not in typed.__annotations__:
            fix = near(name, required)
            yield Problem(("auth", name), f"this is nothing of {kind}", fix)
    for name in required:
        if auth.get(name) in (None, ""):
            yield Problem(("auth",), f"{name} is missing for {kind}", f"Add {name}: …")


def _of_paths(table: Mapping[str, Any], place: KeyPath) -> Iterator[Problem]:
    written = {
        (*place, "data_selector"): table.get("data_selector"),
        (*place, "count", "selector"): (table.get("count") or {}).get("selector"),
    }
    for path, text in written.items():
        try:
            jsonpath.compile_path(str(text or "$"))
        except Exception:  # noqa: BLE001 - its parser raises what it likes
            yield Problem(path, "this is no path", "Write it as data or data.items")


def _of_spans(table: Mapping[str, Any], place: KeyPath) -> Iterator[Problem]:
    spans = {
        (*place, "cursor", "lag"): (table.get("cursor") or {}).get("lag"),
        (*place, "compare"): table.get("compare"),
    }
    for path, text in spans.items():
        is_never = text == "never" and path[-1] == "compare"
        if text is not None and not is_never and "${" not in str(text):
            try:
                span(text, "")
            except CdpError as error:
                yield Problem(path, "this is no span of time", error.fix)


def _of_cursor(table: Mapping[str, Any], place: KeyPath) -> Iterator[Problem]:
    cursor, is_named = table.get("cursor"), START in _asked(table)
    if not cursor:
        return
    if bool(cursor.get("param")) == is_named:
        message = "what is new is asked for twice" if is_named else "nothing asks since"
        fix = f"Either give it param, or write {START} in path, params or json"
        yield Problem(place, message, fix)
    if is_named and not cursor.get("initial_value"):
        message = "initial_value is missing: what the first load asks for"
        yield Problem(place, message, "Add initial_value, such as 2020-01-01T00:00:00Z")
    types = table.get("columns") or {}
    if types.get(cursor["field"], "timestamp") != "timestamp":
        fix = "Declare it so, or leave cursor away"
        yield Problem(place, "the time of change is no timestamp", fix)
    if tables_above(table):
        fix = "Leave it away: parents says whose records are asked for"
        yield Problem(place, "a list below another has none", fix)


def _of_place(name: str, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with its placeholders and with the tables above it."""
    table, place = tables[name], ("tables", name)
    above = tables_above(table)
    for key in ("parents", "include_from_parent"):
        if table.get(key) and not above:
            fix = "Write path as tickets/{resources.tickets.id}/comments"
            yield Problem((*place, key), "this list is below no other", fix)
    if above and table.get("count") and not table["count"].get("path"):
        message = "a list below another has no count of its own answers"
        yield Problem((*place, "count"), message, "Add path: what is asked for it")
    unknown = [each for each in above if each not in tables]
    for each in unknown:
        yield Problem(place, f"there is no table {each} above it", near(each, tables))
    if name in _chain_above(above, tables):
        yield Problem(place, "it is below itself", "Begin at a list that is below none")
    elif not unknown:
        stubs = [{"name": each} for each in above]
        try:
            build_resource_dependency_graph({}, [resource(name, table), *stubs])  # type: ignore[list-item] # dlt's TypedDicts
        except ValueError as error:
            fix = "Put its placeholders right; a brace that is none is written twice"
            yield Problem(place, words(error), fix)


def _chain_above(above: list[str], tables: Mapping[str, Any]) -> list[str]:
    chain = list(above)
    for each in chain:  # it grows while it is walked
        more = tables_above(tables.get(each) or {})
        chain += [one for one in more if one not in chain]
    return chain
