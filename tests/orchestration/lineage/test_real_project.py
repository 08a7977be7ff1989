"""The lineage of this project: nothing is lost on the way, in either direction."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp.errors import Rejected
from cdp.settings import load_settings
from orchestration.lineage.explain_command import columns_behind
from orchestration.lineage.impact import impact_of
from orchestration.lineage.lineage import Lineage, load_lineage
from orchestration.lineage.names import find_places, loaded_places
from orchestration.lineage.place import Place
from orchestration.lineage.trace import Tracer
from orchestration.preview.columns import reached_columns

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    folder = tmp_path_factory.mktemp("lineage")
    return load_lineage(
        load_settings({"CDP_PROJECT_DIR": str(PROJECT), "CDP_DATA_DIR": str(folder)})
    )


def test_everything_can_be_followed(lineage: Lineage) -> None:
    assert lineage.graph.problems == ()


def test_every_field_of_every_sync_comes_from_somewhere(lineage: Lineage) -> None:
    tracer = Tracer(lineage)
    without = {
        field.place.name
        for field in lineage.fields
        if field.rule != "constant" and not tracer.origins(field.place)
    }
    assert without == set()
    assert {field.rule for field in lineage.fields} >= {"column", "key", "live"}


def test_the_columns_that_are_read_are_the_columns_that_are_documented(
    lineage: Lineage,
) -> None:
    differing = {
        name: set(table.columns) ^ set(lineage.columns[name])
        for name, table in lineage.project.tables.items()
        if table.kind == "model"
    }
    assert {name: each for name, each in differing.items() if each} == {}


PAIRS = [
    ("klaviyo.profiles.email", "events.identify.traits.email"),
    ("klaviyo.profiles.email", "stripe.customers.email"),
    ("klaviyo.profiles.high_value", "events.order_completed.properties.total"),
    ("klaviyo.profiles.high_value", "events.identify.traits.birth_date"),
    (
        "salesforce.contacts.Last_Ordered_At__c",
        "events.order_completed.timestamp",
    ),
    (
        "salesforce.contacts.Has_Active_Subscription__c",
        "stripe.subscriptions.status",
    ),
    (
        "order_items.product_name",
        "events.order_completed.properties.products[].name",
    ),
    ("salesforce.contacts.Churn_Band__c", "klaviyo.events.datetime"),
    ("hubspot.contacts.lifetime_value", "events.order_completed.properties.total"),
    ("hubspot.contacts.lifetime_value", "events.order_refunded.properties.total"),
    (
        "hubspot.contacts.lifetime_value",
        "shopify.orders.refunds[].transactions[].amount",
    ),
    (
        "mixpanel.events.order_completed.properties.total",
        "events.order_completed.properties.total",
    ),
]


@pytest.mark.parametrize(("name", "origin"), PAIRS, ids=str)
def test_a_known_pair_is_found_both_ways(
    lineage: Lineage, name: str, origin: str
) -> None:
    places = find_places(lineage, name)
    tracer = Tracer(lineage)
    assert origin in set().union(*(tracer.origins(place) for place in places))
    impact = impact_of(lineage, origin, loaded_places(lineage, origin))
    reached = {field.name for field in impact.fields}
    reached |= {
        f"{table}.{each}" for table in impact.columns for each in impact.columns[table]
    }
    assert {place.name for place in places if not place.path} & reached


def test_a_column_may_be_named_without_the_word_of_its_table(lineage: Lineage) -> None:
    short, long = "orders.amount", "orders.order_amount"
    assert loaded_places(lineage, short) == loaded_places(lineage, long)
    impact = impact_of(lineage, short, loaded_places(lineage, short))
    fields = {field.name for field in impact.fields}
    assert "hubspot.contacts.lifetime_value" in fields
    assert "hubspot.contacts.email" not in fields


def test_who_is_in_an_audience_is_reached_by_what_chooses_its_members(
    lineage: Lineage,
) -> None:
    def chosen_by(name: str) -> set[str]:
        impact = impact_of(lineage, name, loaded_places(lineage, name))
        return {one.name for one in impact.records}

    audiences = {
        "meta.meta_high_value_audience",
        "google_ads.google_ads_high_value_list",
    }
    assert chosen_by("orders.amount") == audiences
    assert chosen_by("event:order_completed.total") == audiences
    assert chosen_by("customers.is_email_subscriber") == audiences
    assert chosen_by("customers.email") > audiences
    assert chosen_by("customers.first_name") == set()
    changed = reached_columns(lineage, [Place("customers", "is_email_subscriber")])
    assert set(changed.records) == audiences
    assert reached_columns(lineage, [Place("customers", "first_name")]).records == ()
    rows = reached_columns(lineage, [Place("high_value_customers", "*")])
    assert set(rows.records) == audiences


def test_a_field_of_an_audience_is_named_by_its_sync(lineage: Lineage) -> None:
    [place] = find_places(lineage, "meta.meta_high_value_audience.email")
    assert "events.identify.traits.email" in Tracer(lineage).origins(place)


def test_one_trait_does_not_come_from_another(lineage: Lineage) -> None:
    [place] = find_places(lineage, "klaviyo.profiles.email")
    origins = Tracer(lineage).origins(place)
    assert not [name for name in origins if "phone" in name or "name" in name]


def test_trace_and_impact_are_each_other_the_wrong_way_round(lineage: Lineage) -> None:
    tracer = Tracer(lineage)
    traced = {
        (origin, field.place.name)
        for field in lineage.fields
        if field.rule != "live"
        for origin in tracer.origins(field.place)
    }
    # whose rows are counted; asked for by itself it stands for all of the event
    traced = {pair for pair in traced if pair[0].count(".") > 1}
    origins = {origin for origin, _ in traced}
    reached = {
        (origin, field.name)
        for origin in origins
        for field in impact_of(lineage, origin, loaded_places(lineage, origin)).fields
    }
    assert traced <= reached
    everything = {field.place.name for field in lineage.fields if field.rule != "live"}
    surplus = {
        pair
        for pair in reached - traced
        if pair[1] in everything and "*" not in pair[0] and not _has_any(pair, traced)
    }
    assert surplus == set()


def _has_any(pair: tuple[str, str], traced: set[tuple[str, str]]) -> bool:
    """Whether the field reads the same of any event: ``events.*.timestamp``."""
    parts = pair[0].split(".")
    return (".".join(["events", "*", *parts[2:]]), pair[1]) in traced


def test_a_column_is_traced_as_any_reader_sees_it(lineage: Lineage) -> None:
    origins = Tracer(lineage).origins(Place("int_traits_chosen", "trait_value"))
    assert {"events.identify.traits.email", "events.identify.traits.city"} <= origins


def test_a_field_of_a_destination_is_explained_by_the_columns_it_is_filled_from(
    lineage: Lineage,
) -> None:
    assert columns_behind(lineage, "is_high_value") == [("customers", "is_high_value")]
    assert columns_behind(lineage, "hubspot.contacts.lifetime_value") == [
        ("hubspot_contacts", "lifetime_value")
    ]
    for field in lineage.fields:
        if field.rule == "column":
            assert columns_behind(lineage, field.place.name)
    with pytest.raises(Rejected, match="no column of a table"):
        columns_behind(lineage, "event:order_completed.total")
