"""A declaration that is wrong is said before the tool is asked, with its place."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import pytest
from dlt.sources.rest_api.config_setup import PAGINATOR_MAP
from dlt.sources.rest_api.typing import AuthType

from cdp.workspace_schema import Setting
from ingestion.sources.rest_api_kind import PAGINATORS, REST_API
from tests.ingestion.sources.rest_api.helpdesk import Helpdesk

SETTINGS = {one.name: one for one in REST_API.settings}


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"paramz": {}}, "tables.tickets.paramz: this is not known. Write params"),
        ({"key": None}, "tables.tickets: key is missing. Add key"),
        ({"compare": "daily"}, "tables.tickets.compare: this is no span of time"),
        (
            {"paginator": {"type": "offset"}},
            "tickets.paginator: limit is missing for offs",
        ),
        (
            {"cursor": None, "path": "{resources.ticket.id}/x"},
            "there is no table ticket",
        ),
        (
            {"columns": {"subject": "txt"}},
            "columns.subject: this is not one of its valu",
        ),
    ],
)
def test_a_mistake_ends_a_load_before_it_asks(
    helpdesk: Helpdesk, declared: dict[str, Any], says: str
) -> None:
    helpdesk.declare(**declared)
    error = helpdesk.load_all().error or ""
    assert error.startswith("headwater.yml: sources.helpdesk.tables.tickets"), error
    assert says in error
    assert helpdesk.tool.asked == []


def test_paginators_are_those_of_dlt() -> None:
    """What a new version of dlt adds or takes away is to be declared."""
    known = {name: made for name, made in PAGINATOR_MAP.items() if name in PAGINATORS}
    assert set(PAGINATOR_MAP) - set(PAGINATORS) == {"json_response"}, "its old name"
    taken = {
        name
        for made in known.values()
        if made is not None
        for name in inspect.signature(made).parameters
    }
    declared = {key.name for key in SETTINGS["paginator"].keys}
    assert declared == {"type", *taken} - {"args", "kwargs"}


def test_ways_to_be_let_in_are_those_of_dlt() -> None:
    auth: dict[str, Setting] = {key.name: key for key in SETTINGS["auth"].keys}
    assert set(auth["type"].choices) == set(get_args(AuthType))
    secrets = {name for name, key in auth.items() if key.is_secret}
    assert secrets == {"token", "api_key", "password", "client_secret"}
