from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from activation.online.publish import publish
from activation.online.store import open_store
from cdp.errors import Misconfigured

Build = Callable[[Any], None]


def value(shop: Any, key: str) -> Any:
    store = open_store(shop.settings)
    (packed,) = store.read([key])
    store.close()
    return None if packed is None else msgspec.msgpack.decode(packed)


def test_profiles_identities_and_recommendations_are_published(
    shop: Any, build_marts: Build
) -> None:
    build_marts(shop)

    result = publish(shop.settings)

    # 3 profiles, 6 identities, 1 score, recommendations of 1 customer and of everybody
    assert (result.written, result.deleted, result.unchanged) == (12, 0, 0)
    assert value(shop, "profile:c_1") == {
        "customer_id": "c_1",
        "user_id": "user-1",
        "order_amount_lifetime": "10.50",
        "is_high_value": True,
        "last_seen_at": "2026-10-01T12:00:00.000Z",
    }
    assert value(shop, "identity:user_id:user-2") == "c_2"
    assert value(shop, "identity:anonymous_id:device-0") == "c_0"
    recommended = value(shop, "recommendations:c_1")
    assert [one["product_id"] for one in recommended["items"]] == [
        "p0",
        "p1",
        "p2",
        "p3",
    ]
    assert recommended["items"][1]["category_name"] == "Lamps"
    assert recommended["model_version"] == "m1"
    assert value(shop, "recommendations:*") is not None


def test_only_what_changed_is_written(shop: Any, build_marts: Build) -> None:
    build_marts(shop)
    publish(shop.settings)

    again = publish(shop.settings)
    shop.run_sql(
        "update marts.customers set is_high_value = true where customer_id = 'c_0'"
    )
    changed = publish(shop.settings)

    assert (again.written, again.unchanged) == (0, 12)
    assert (changed.written, changed.unchanged) == (1, 11)
    assert value(shop, "profile:c_0")["is_high_value"] is True


def test_a_customer_who_became_part_of_another_is_deleted(
    shop: Any, build_marts: Build
) -> None:
    build_marts(shop)
    publish(shop.settings)
    shop.run_sql(
        "delete from marts.customers where customer_id = 'c_2'",
        "update marts.customer_identifiers set customer_id = 'c_1'"
        " where customer_id = 'c_2'",
    )

    result = publish(shop.settings)

    assert (result.written, result.deleted) == (2, 1)
    assert value(shop, "profile:c_2") is None
    assert value(shop, "identity:user_id:user-2") == "c_1"


def test_a_store_that_lost_its_content_gets_everything(
    shop: Any, build_marts: Build
) -> None:
    build_marts(shop)
    publish(shop.settings)
    store = open_store(shop.settings)
    store.delete(["meta:epoch", "profile:c_0", "profile:c_1", "profile:c_2"])
    store.close()

    result = publish(shop.settings)

    assert result.written == 12
    assert value(shop, "profile:c_1") is not None


def test_everything_can_be_asked_for_and_what_is_gone_still_goes(
    shop: Any, build_marts: Build
) -> None:
    build_marts(shop)
    publish(shop.settings)
    shop.run_sql("delete from marts.customers where customer_id = 'c_2'")

    result = publish(shop.settings, everything=True)

    assert (result.written, result.deleted) == (11, 1)
    assert value(shop, "profile:c_2") is None


def test_growth_without_scores_publishes_what_there_is(
    shop: Any, build_marts: Build
) -> None:
    build_marts(shop)
    shop.run_sql("drop schema predictions cascade")

    assert publish(shop.settings).written == 9


def test_an_empty_model_does_not_empty_the_store(shop: Any, build_marts: Build) -> None:
    build_marts(shop)
    shop.run_sql(
        "insert into marts.customers select 'x_' || number, null, 0, false, null"
        " from range(1500) as numbers(number)"
    )
    publish(shop.settings)
    shop.run_sql("delete from marts.customers")

    with pytest.raises(Misconfigured, match="would be deleted"):
        publish(shop.settings)
    assert value(shop, "profile:c_1") is not None
    assert publish(shop.settings, has_consent=True).deleted == 1503


def test_nothing_built_says_what_to_do(shop: Any) -> None:
    with pytest.raises(Misconfigured) as error:
        publish(shop.settings)

    assert "dbt build" in error.value.fix
