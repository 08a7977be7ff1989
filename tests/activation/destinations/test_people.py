"""What a form lets through: blanks around an address, a full name in one field."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.destinations.registry import open_for_events
from cdp.settings import Settings
from tests.activation.conftest import PROJECT

SETTINGS: dict[str, dict[str, Any]] = {
    "braze": {"url": "https://rest.iad-01.braze.com", "api_key": "k"},
    "customerio": {"site_id": "s", "api_key": "k"},
    "google_ads": {
        "customer_id": "1",
        "developer_token": "d",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "method": "enhance",
        "conversion_actions": {"identify": "7"},
    },
    "hubspot": {"token": "t"},
    "intercom": {"access_token": "t"},
    "klaviyo": {"api_key": "k"},
    "meta": {"access_token": "t", "pixel_id": "1", "event_names": {"identify": "Lead"}},
    "mixpanel": {
        "project_id": "1",
        "service_account": "a",
        "service_secret": "s",
        "token": "t",
    },
    "salesforce": {
        "url": "https://x.my.salesforce.com",
        "client_id": "c",
        "client_secret": "s",
        "external_id_field": "User_Id__c",
    },
    "zendesk": {
        "url": "https://x.zendesk.com",
        "email": "a@x.example",
        "api_token": "t",
    },
}
ADDRESS = " jane@example.com\n"
SPLIT = {
    "braze": ("first_name", "last_name"),
    "hubspot": ("firstname", "lastname"),
    "klaviyo": ("first_name", "last_name"),
    "salesforce": ("FirstName", "LastName"),
}
Make = Callable[..., dict[str, Any]]


def told(kind: str, event: dict[str, Any]) -> list[Any]:
    document = {"destinations": {kind: {"kind": kind, **SETTINGS[kind]}}}
    opened = open_for_events(Settings(PROJECT, PROJECT, document, {}), kind)
    found = [payload.body for payload in opened.translate(event)]
    opened.close()
    return found


@pytest.fixture
def newcomer(event: Make) -> dict[str, Any]:
    traits = {
        "name": "Jane van Dyke",
        "email": ADDRESS,
        "address": {"postalCode": "N1 1AA", "country": "GB"},
    }
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return event(
        type="identify",
        event=None,
        userId="u1",
        traits=traits,
        timestamp=now,
        properties={"order_id": "o1"},
    )


@pytest.mark.parametrize("kind", SETTINGS)
def test_an_address_goes_without_the_blanks_around_it(
    kind: str, newcomer: dict[str, Any]
) -> None:
    written = json.dumps(told(kind, newcomer))

    assert ADDRESS.strip() in written or kind in {"google_ads", "meta"}
    assert json.dumps(ADDRESS) not in written


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize("traits", ["a text", ["a", "list"], 7])
def test_traits_that_are_none_do_no_harm(
    kind: str, traits: Any, newcomer: dict[str, Any]
) -> None:
    newcomer["context"]["traits"] = traits

    assert ADDRESS.strip() in json.dumps(told(kind, newcomer)) or kind in {
        *("google_ads", "meta"),
    }


@pytest.mark.parametrize("kind", SPLIT)
def test_a_full_name_is_told_in_its_parts(kind: str, newcomer: dict[str, Any]) -> None:
    bodies = told(kind, newcomer)

    parts = [find_all(bodies, name) for name in SPLIT[kind]]
    assert parts == [["Jane"], ["van Dyke"]]


def test_a_full_name_makes_an_address_that_google_can_match(
    newcomer: dict[str, Any],
) -> None:
    (body,) = told("google_ads", newcomer)

    (address,) = find_all(body, "addressInfo")
    assert len(address["hashedFirstName"]) == len(address["hashedLastName"]) == 64


def test_names_that_are_told_apart_stay_as_they_are(newcomer: dict[str, Any]) -> None:
    newcomer["traits"]["lastName"] = "Dyke"

    (body,) = told("salesforce", newcomer)

    assert (body["LastName"], body.get("FirstName")) == ("Dyke", None)


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_a_company_without_a_name_is_no_json(
    kind: str, newcomer: dict[str, Any]
) -> None:
    newcomer["traits"]["company"] = {"id": "co-1"}

    assert "co-1" not in json.dumps(told(kind, newcomer))


def find_all(value: Any, name: str) -> list[Any]:
    if isinstance(value, list):
        return [found for each in value for found in find_all(each, name)]
    if not isinstance(value, dict):
        return []
    own = [value[name]] if name in value else []
    return own + [found for each in value.values() for found in find_all(each, name)]
