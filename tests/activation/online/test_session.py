from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activation.online.keys import session_key
from activation.online.session import Session, SessionTailer, read_session
from activation.online.store import OnlineStore
from ingestion.event_log import EventLog

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def live(event: Make) -> Make:
    """Makes an event that arrives now, or so many seconds ago."""

    def make(seconds_ago: float = 0, **fields: Any) -> dict[str, Any]:
        moment = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return event(receivedAt=text, **fields)

    return make


def append(shop: Any, *events: dict[str, Any]) -> None:
    log = EventLog(shop.settings.event_log_dir, "accepted")
    log.append([json.dumps(one).encode() for one in events])
    log.close()


def session_of(store: OnlineStore, device: str = "device-1") -> Session | None:
    return read_session(store.read([session_key(device)])[0])


def viewed(product: str, category: str) -> dict[str, Any]:
    return {
        "event": "product_viewed",
        "properties": {"product_id": product, "category": category},
    }


def test_what_a_visitor_looks_at_is_known_at_once(
    shop: Any, store: OnlineStore, live: Make
) -> None:
    tailer = SessionTailer(shop.settings, store)
    append(shop, live(**viewed("p1", "Kites")), live(**viewed("p2", "Lamps")))

    assert tailer.step() == 2
    append(shop, live(**viewed("p1", "Kites")))
    tailer.step()

    session = session_of(store)
    assert session is not None
    assert session.viewed == ("p1", "p2")
    assert session.categories == ("Kites", "Lamps", "Kites")
    assert session.event_count == 3


def test_the_basket_follows_additions_removals_and_orders(
    shop: Any, store: OnlineStore, live: Make
) -> None:
    tailer = SessionTailer(shop.settings, store)
    one = {"product_id": "p1", "quantity": 1}
    append(
        shop,
        live(event="product_added", properties=one),
        live(event="product_added", properties={"product_id": "p2"}),
        live(event="product_removed", properties=one),
        live(event="order_completed", properties={"products": [{"product_id": "p3"}]}),
    )
    tailer.step()

    session = session_of(store)
    assert session is not None
    assert session.taken == ("p3", "p2")


def test_visits_of_two_devices_are_apart(
    shop: Any, store: OnlineStore, live: Make
) -> None:
    tailer = SessionTailer(shop.settings, store)
    append(
        shop,
        live(**viewed("p1", "Kites")),
        live(anonymousId="device-2", **viewed("p2", "Lamps")),
        live(anonymousId=None, userId="user-1", **viewed("p3", "Lamps")),
    )
    tailer.step()

    first, second = session_of(store), session_of(store, "device-2")
    assert first is not None
    assert second is not None
    assert (first.viewed, second.viewed) == (("p1",), ("p2",))


def test_an_old_event_starts_no_session(
    shop: Any, store: OnlineStore, live: Make
) -> None:
    tailer = SessionTailer(shop.settings, store)
    append(shop, live(seconds_ago=3600, **viewed("p1", "Kites")))

    assert tailer.step() == 1
    assert session_of(store) is None


def test_a_new_tailer_starts_at_the_end_and_a_restarted_one_where_it_stopped(
    shop: Any, store: OnlineStore, live: Make
) -> None:
    append(shop, live(**viewed("before", "Kites")))
    first = SessionTailer(shop.settings, store)
    assert first.step() == 0
    append(shop, live(**viewed("p1", "Kites")))
    assert first.step() == 1
    append(shop, live(**viewed("p2", "Kites")))

    assert SessionTailer(shop.settings, store).step() == 1

    session = session_of(store)
    assert session is not None
    assert session.viewed == ("p2", "p1")


def test_odd_properties_do_no_harm(shop: Any, store: OnlineStore, live: Make) -> None:
    tailer = SessionTailer(shop.settings, store)
    append(
        shop,
        live(event="product_viewed", properties={"product_id": 7, "category": None}),
        live(event="order_completed", properties={"products": ["p1"]}),
        live(type="page", event=None, properties=None),
    )
    tailer.step()

    session = session_of(store)
    assert session is not None
    assert (session.event_count, session.viewed, session.taken) == (3, (), ())
