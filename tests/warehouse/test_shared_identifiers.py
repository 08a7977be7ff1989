"""What happens on a shared device or under a shared login, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.raw_warehouse import Warehouse, make_warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def said(name: str, **identifiers: str) -> dict[str, Any]:
    """Somebody says their first name and an address of that name."""
    traits = {"email": f"{name}@x.org", "first_name": name.title()}
    return {"type": "identify", "traits": traits, **identifiers}


SENT = (
    *(said(f"guest{n}", anonymous_id="kiosk") for n in range(12)),
    *(said(f"buyer{n}", anonymous_id=f"d{n}", user_id="store7") for n in range(6)),
    said("ann", anonymous_id="phone", user_id="u1"),
    said("friend", anonymous_id="phone"),
    {"anonymous_id": "d1", "user_id": "store7", "event": "product_viewed"},
    {"type": "group", "user_id": "u1", "group_id": "g1", "traits": {"phone": "+49"}},
    {
        "type": "merge",
        "properties": {
            "merge_properties": [
                {"type": "email", "value": "ann@x.org"},
                {"type": "email", "value": "ann.old@x.org"},
            ]
        },
    },
    {
        "event": "product_viewed",
        "anonymous_id": "laptop",
        "context": {"traits": {"email": "ann.old@x.org"}},
    },
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = make_warehouse(tmp_path_factory.mktemp("shared"))
    events = [
        {"message_id": f"m{n}", "at": START + timedelta(hours=n), **event}
        for n, event in enumerate(SENT)
    ]
    made.land(events, START + timedelta(days=5))
    made.dbt("seed")
    made.dbt("run", "--select", "+customers")
    return made


@pytest.fixture(scope="module")
def known(warehouse: Warehouse) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = warehouse.rows(
        "select identifier_type, identifier_value, first_name, email, phone"
        " from marts.customer_identifiers left join marts.customers using (customer_id)"
    )
    return {(kind, value): tuple(rest) for kind, value, *rest in rows}


@pytest.mark.parametrize("name", [f"guest{n}" for n in range(12)])
def test_what_a_guest_says_at_a_kiosk_is_the_guests(
    name: str, known: dict[tuple[str, str], tuple[Any, ...]]
) -> None:
    assert known["email", f"{name}@x.org"] == (name.title(), f"{name}@x.org", None)


@pytest.mark.parametrize("name", [f"buyer{n}" for n in range(6)])
def test_what_a_buyer_says_under_a_shops_id_is_the_buyers(
    name: str, known: dict[tuple[str, str], tuple[Any, ...]]
) -> None:
    assert known["email", f"{name}@x.org"] == (name.title(), f"{name}@x.org", None)


def test_a_kiosk_and_a_shops_id_are_nobody_with_a_name(
    known: dict[tuple[str, str], tuple[Any, ...]],
) -> None:
    assert known["anonymous_id", "kiosk"] == (None, None, None)
    assert known["user_id", "store7"] == (None, None, None)


def test_without_an_address_an_event_under_a_shops_id_is_the_devices(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.rows(
        "select named.identifier_value from intermediate.int_events_resolved as events"
        " inner join marts.customer_identifiers as named using (customer_id)"
        " where events.user_id = 'store7' and events.event_name = 'product_viewed'"
    )
    assert rows == [("d1",)]


def test_neither_a_friend_nor_a_company_changes_who_owns_the_phone(
    known: dict[tuple[str, str], tuple[Any, ...]],
) -> None:
    assert known["anonymous_id", "phone"] == ("Ann", "ann@x.org", None)
    assert known["email", "friend@x.org"] == ("Friend", "friend@x.org", None)


def test_two_merged_addresses_and_one_in_the_context_are_one_person(
    known: dict[tuple[str, str], tuple[Any, ...]],
) -> None:
    assert known["email", "ann.old@x.org"] == ("Ann", "ann@x.org", None)
    assert known["anonymous_id", "laptop"] == ("Ann", "ann@x.org", None)
