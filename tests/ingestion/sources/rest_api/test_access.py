"""How a tool lets us in, what happens when it does not, and where secrets stand."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from ingestion.sources.rest_api import lists_of
from tests.ingestion.sources.rest_api.helpdesk import TOKEN, Asked, Helpdesk, ticket

SECRET = "${HELPDESK_TOKEN}"
LINK = {"type": "json_link", "next_url_path": "links.next"}


def header(name: str, value: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.headers.get(name) == value


WAYS: dict[str, tuple[dict[str, str], Callable[[Asked], bool]]] = {
    "bearer": ({"token": SECRET}, header("authorization", f"Bearer {TOKEN}")),
    "api_key": (
        {"type": "api_key", "name": "X-Key", "api_key": SECRET},
        header("x-key", TOKEN),
    ),
    "api_key in the query": (
        {"type": "api_key", "name": "key", "api_key": SECRET, "location": "query"},
        lambda asked: asked.query.get("key") == TOKEN,
    ),
    "http_basic": (
        {"type": "http_basic", "username": "robot", "password": SECRET},
        header(
            "authorization", f"Basic {b64encode(f'robot:{TOKEN}'.encode()).decode()}"
        ),
    ),
    "oauth2": (
        {
            "type": "oauth2_client_credentials",
            "access_token_url": "…/oauth/token",
            "client_id": "robot",
            "client_secret": SECRET,
        },
        header("authorization", "Bearer session 1"),
    ),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, helpdesk: Helpdesk) -> str:
    auth, helpdesk.tool.lets_in = WAYS[request.param]
    url = helpdesk.tool.url
    helpdesk.section["auth"] = {k: v.replace("…", url) for k, v in auth.items()}
    return str(request.param)


def test_each_way_lets_us_in(helpdesk: Helpdesk, way: str) -> None:
    assert helpdesk.load() == {"tickets": 350}, way


def test_a_refused_secret_is_the_operators_turn_and_not_told(
    helpdesk: Helpdesk, way: str
) -> None:
    helpdesk.settings.environment["HELPDESK_TOKEN"] = "a-wrong-one"  # type: ignore[index]
    error = helpdesk.load_all().error or ""
    assert "the credentials are refused" in error, way
    assert "headwater.yml" in error
    assert "a-wrong-one" not in error
    assert TOKEN not in error


def test_a_session_that_ends_in_the_middle_is_renewed(helpdesk: Helpdesk) -> None:
    auth, _ = WAYS["oauth2"]
    url = helpdesk.tool.url
    helpdesk.section["auth"] = {k: v.replace("…", url) for k, v in auth.items()}

    def lets_in(asked: Asked) -> bool:
        session = int(asked.headers["authorization"].removeprefix("Bearer session "))
        return len(helpdesk.tool.asked) < session + 3

    helpdesk.tool.lets_in = lets_in
    assert helpdesk.load() == {"tickets": 350}


def test_a_variable_that_is_not_set_is_named(helpdesk: Helpdesk) -> None:
    helpdesk.settings.environment.pop("HELPDESK_TOKEN")  # type: ignore[attr-defined]
    assert "variable HELPDESK_TOKEN is not set" in (helpdesk.load_all().error or "")


@pytest.mark.parametrize(
    "declared",
    [
        {"auth": WAYS["api_key in the query"][0]},
        {"auth": None, "params": {"key": SECRET}},
        {"auth": None, "method": "POST", "json": {"key": SECRET}},
    ],
    ids=["api_key in the query", "params", "json"],
)
@pytest.mark.parametrize("style", ["json_link", "offset", "cursor"])
def test_what_is_written_down_of_a_list_has_no_secret(
    helpdesk: Helpdesk, declared: dict[str, Any], style: str
) -> None:
    """Also where the tool repeats the request in its link to the next page."""
    paginators = {"json_link": LINK, "offset": {"type": "offset", "limit": 100}}
    helpdesk.section["auth"] = declared["auth"]
    helpdesk.declare(**{k: v for k, v in declared.items() if k != "auth"})
    helpdesk.tool.style = style
    if style in paginators:
        helpdesk.declare(paginator=paginators[style])
    helpdesk.tool.lets_in = lambda asked: TOKEN in str((asked.query, asked.body))
    state: dict[str, Any] = {}
    first = lists_of(helpdesk.settings, "helpdesk").rounds("tickets", state)
    assert len(next(first)) == 100
    written = json.dumps(state)
    assert "next" in written
    assert TOKEN not in written
    lists = lists_of(helpdesk.settings, "helpdesk")
    rest = [one["id"] for page in lists.rounds("tickets", state) for one in page]
    assert rest == [ticket(number)["id"] for number in range(100, 350)]
