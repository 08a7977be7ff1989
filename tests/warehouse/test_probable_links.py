"""Offline leads and accounts: who joins by a probable link, who never does."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ml.identity.linking import Linked, link
from orchestration.identity.command import command, person_lines
from orchestration.identity.person import find_person, parse
from orchestration.identity.preview import preview
from orchestration.identity.preview_report import report_lines
from tests.warehouse.raw_warehouse import PROJECT, Warehouse, make_warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
PEOPLE, WITH_CARD, WITH_ACCOUNT = 160, 40, 80
ON = ("--vars", "{probable_links: true}")
TWINS = ("twin1", "twin2")  # one name, one telephone, two logins
Ids = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Person:
    number: int
    first_name: str
    last_name: str
    phone: str
    city: str

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}.{self.number}@x.org".lower()


def make_people() -> list[Person]:
    chance = random.Random(4)

    def name(parts: int) -> str:
        syllables = ("ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "za")
        return "".join(chance.choice(syllables) for _ in range(parts)).title()

    def phone() -> str:
        return f"+1{chance.randrange(2_010_000_000, 9_890_000_000)}"

    numbers = range(1, PEOPLE + 1)
    return [Person(one, name(3), name(4), phone(), name(2)) for one in numbers]


def card_of(one: Person) -> dict[str, Any]:
    """A card filled in at a fair: a letter of the name is missing, no address."""
    return {
        "id": f"card{one.number}",
        "first_name": one.first_name,
        "last_name": one.last_name[:-1],
        "phone": f"({one.phone[2:5]}) {one.phone[5:8]}-{one.phone[8:]}",
        "city": one.city.upper(),
    }


def namesake_of(one: Person) -> dict[str, Any]:
    """Somebody of the same name who lives and is reached elsewhere."""
    number = f"+44{7_000_000_000 + one.number}"
    named = {"first_name": one.first_name, "last_name": one.last_name}
    return {"id": f"namesake{one.number}", **named, "phone": number, "city": "Leeds"}


def contact_of(one: Person) -> dict[str, Any]:
    return {
        "id": str(one.number),
        "email": one.email,
        "firstname": one.first_name,
        "lastname": one.last_name,
        "phone": one.phone,
        "city": one.city,
    }


def put(warehouse: Warehouse, table: str, rows: list[dict[str, Any]]) -> None:
    stamps = ("created_at", "updated_at")
    if table == "raw_salesforce.lead":
        stamps = ("created_date", "system_modstamp")
    with duckdb.connect(str(warehouse.path)) as connection:
        for row in rows:
            full = row | dict.fromkeys(stamps, START)
            marks = ", ".join("?" for _ in full)
            connection.execute(
                f"insert into {table} ({', '.join(full)}) values ({marks})",  # noqa: S608
                list(full.values()),
            )


def identify(user_id: str, one: Person, email: str) -> dict[str, Any]:
    return {
        "message_id": f"m-{user_id}",
        "type": "identify",
        "user_id": user_id,
        "at": START + timedelta(minutes=one.number),
        "traits": {
            "email": email,
            "first_name": one.first_name,
            "last_name": one.last_name,
            "phone": one.phone,
            "city": one.city,
        },
    }


@dataclass(frozen=True)
class Built:
    settings: Settings
    warehouse: Warehouse
    people: list[Person]
    linked: Linked
    off: Ids
    on: Ids


def ids(warehouse: Warehouse) -> Ids:
    rows = warehouse.rows(
        "select identifier_type, identifier_value, customer_id"
        " from marts.customer_identifiers"
    )
    return {(kind, value): customer_id for kind, value, customer_id in rows}


def build(warehouse: Warehouse, *options: str) -> Ids:
    marts = ("customer_identifiers", "identity_refused_edges")
    warehouse.dbt("run", "--select", "int_probable_*", *marts, *options)
    return ids(warehouse)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("probable")
    warehouse, people = make_warehouse(folder), make_people()
    with_account = people[:WITH_ACCOUNT]
    events = [identify(f"u{one.number}", one, one.email) for one in with_account]
    events += [identify(user, people[-1], f"{user}@x.org") for user in TWINS]
    warehouse.land(events, START + timedelta(days=1))
    put(warehouse, "raw_hubspot.contacts", [contact_of(one) for one in people[:-1]])
    cards = [card_of(one) for one in people[:WITH_CARD]]
    cards += [namesake_of(one) for one in people[WITH_CARD:WITH_ACCOUNT]]
    put(warehouse, "raw_salesforce.lead", cards)
    selected = ("+int_people_described", "+customer_identifiers")
    untested = ("--exclude-resource-types", "test", "unit_test")
    warehouse.dbt("build", *untested, "--select", *selected, "identity_refused_edges")
    document = yaml.safe_load((PROJECT / "headwater.yml").read_text("utf-8"))
    environment = {"DBT_TARGET_PATH": str(folder / "target")}
    settings = Settings(PROJECT, folder, document, environment)
    linked, off = link(settings), ids(warehouse)
    return Built(settings, warehouse, people, linked, off, build(warehouse, *ON))


def test_a_card_without_an_address_joins_its_person_and_a_namesake_does_not(
    built: Built,
) -> None:
    for one in built.people[:WITH_CARD]:
        card = ("lead_id", f"card{one.number}")
        assert built.off[card] != built.off["user_id", f"u{one.number}"]
        assert built.on[card] == built.on["user_id", f"u{one.number}"]
    for one in built.people[WITH_CARD:WITH_ACCOUNT]:
        namesake = built.on["lead_id", f"namesake{one.number}"]
        assert namesake != built.on["user_id", f"u{one.number}"]


def test_two_logins_are_two_people_however_alike(built: Built) -> None:
    [twin, other] = (built.on["user_id", user] for user in TWINS)
    assert twin != other
    refused = built.warehouse.rows(
        "select left_value, right_value, claimed_by, refusal_reason"
        " from marts.identity_refused_edges"
    )
    assert refused == [(*TWINS, "splink", "contradicted_user_id")]


def test_a_person_shows_what_is_only_probable(built: Built) -> None:
    with open_warehouse(built.settings, "test") as connection:
        person = find_person(connection, parse("lead_id:card1"))
    text = "\n".join(person_lines(person))
    assert ("user_id", "u1") in person.identifiers
    assert "splink, probably (" in text
    assert "similar last name, same phone" in text


def test_a_preview_says_whom_a_cut_probable_link_would_part(built: Built) -> None:
    card = ("lead_id", "card1")
    found_links = [
        link for link in built.linked.links if card in (link.left, link.right)
    ]
    cuts = [(link.left, link.right) for link in found_links]
    found = preview(built.settings, cuts, [], 1, threshold=0.99)
    assert (found.split_count, found.merged_count) == (1, 0)
    assert "probable (" in "\n".join(report_lines(found))


def test_linking_again_finds_the_same_and_the_command_names_nobody(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "select * exclude (scored_at) from predictions.probable_links order by all"
    before = built.warehouse.rows(query)
    monkeypatch.setenv("CDP_PROJECT_DIR", str(PROJECT))
    monkeypatch.setenv("CDP_DATA_DIR", str(built.settings.data_dir))
    said = CliRunner().invoke(command, ["link"])
    assert said.exit_code == 0, said.output
    assert built.warehouse.rows(query) == before
    assert "1 may not: contradicted_user_id" in said.output
    assert "same phone" in said.output
    for one in built.people[:WITH_CARD]:
        assert one.last_name[:-1] not in said.output
        assert one.phone[2:] not in said.output


def test_without_identity_the_command_says_what_to_run(tmp_path: Path) -> None:
    make_warehouse(tmp_path)
    with pytest.raises(Misconfigured, match="identity has not been built"):
        link(Settings(PROJECT, tmp_path, {}, {}))


def test_a_login_that_turns_up_later_parts_who_was_joined(built: Built) -> None:
    """What was linked earlier is checked anew by every build."""
    with duckdb.connect(str(built.warehouse.path)) as connection:
        connection.execute(
            "insert into intermediate.int_identities_contracted by name"
            " select 'user_id' as identifier_type, 'late' as identifier_value,"
            " customer_id, first_seen_at, changed_at"
            " from intermediate.int_identities_contracted"
            " where identifier_value = 'card1'"
        )
    parted = build(built.warehouse, *ON)
    assert parted["lead_id", "card1"] != parted["user_id", "u1"]
    assert parted["lead_id", "card2"] == parted["user_id", "u2"]


def test_nobody_is_joined_while_probable_links_are_off(built: Built) -> None:
    assert len(set(built.off.values())) == len(set(built.on.values())) + WITH_CARD
    found = build(built.warehouse)
    assert {one: found[one] for one in built.off} == built.off
