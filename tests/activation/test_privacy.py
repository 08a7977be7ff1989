from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from activation import suppress_command
from activation.consent import read_consent
from activation.personal import BLOT, blotted
from activation.suppression import SuppressionList
from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from cdp.warehouse import publish_snapshot

RUDDER = "consentManagement"


def managed(**fields: Any) -> dict[str, Any]:
    return {"context": {"consentManagement": fields}}


def preferred(**categories: bool) -> dict[str, Any]:
    return {"context": {"consent": {"categoryPreferences": categories}}}


CASES: list[tuple[list[str], str, dict[str, Any], str]] = [
    ([], "withhold", {}, ""),
    (["ads"], "deliver", {}, ""),
    (["ads"], "withhold", {}, "ads"),
    (["ads"], "deliver", managed(allowedConsentIds=["Ads"]), ""),
    (["ads"], "deliver", managed(allowedConsentIds=["analytics"]), "ads"),
    (["ads"], "deliver", managed(deniedConsentIds=["ads"]), "ads"),
    (["ads"], "withhold", managed(deniedConsentIds=["analytics"]), ""),
    (["ads", "x"], "deliver", managed(allowedConsentIds=["ads"]), "x"),
    (
        ["ads", "x"],
        "deliver",
        managed(allowedConsentIds=["ads"], resolutionStrategy="or"),
        "",
    ),
    (["ads"], "deliver", preferred(Ads=True), ""),
    (["ads"], "deliver", preferred(Ads=False), "ads"),
    # a category that a person's stated preferences do not name is not agreed to
    (["ads"], "deliver", preferred(Other=True), "ads"),
    (["ads"], "withhold", preferred(Other=True), "ads"),
    (["ads"], "deliver", preferred(), "ads"),
    (["ads"], "deliver", {"context": {"consent": {}}}, ""),
    (["ads"], "withhold", {"context": {"consent": {}}}, "ads"),
    (
        ["ads"],
        "deliver",
        managed(
            allowedConsentIds=[],
            deniedConsentIds=["analytics"],
            provider="oneTrust",
            resolutionStrategy="and",
        ),
        "ads",
    ),
    (["ads"], "deliver", managed(allowedConsentIds=[], deniedConsentIds=[]), ""),
    (["ads"], "withhold", managed(allowedConsentIds=[], deniedConsentIds=[]), "ads"),
    (
        ["ads", "x"],
        "deliver",
        managed(
            allowedConsentIds=["x"], deniedConsentIds=["ads"], resolutionStrategy="Any"
        ),
        "",
    ),
]


@pytest.mark.parametrize(("needed", "unknown", "event", "missing"), CASES)
def test_consent_is_read_as_the_sdks_write_it(
    needed: list[str], unknown: str, event: dict[str, Any], missing: str
) -> None:
    assert read_consent(needed, unknown, "here").missing(event) == missing


def test_an_unknown_rule_for_unknown_consent_is_the_operators_turn() -> None:
    with pytest.raises(Misconfigured, match="'maybe' is not understood"):
        read_consent(["ads"], "maybe", "here")


EVENT = {
    "context": {
        "traits": {
            "email": "Jane@Example.com",
            "phone": "+1 (650) 555-1212",
            "first_name": "Jane",
            "lastName": "Doe-Smith",
            "name": "Jane Doe-Smith",
        }
    }
}
HASH = "1e231c660a4e8b2c8d2b6a4c1f5d3b1a0e9f8d7c6b5a49382716050f1e2d3c4b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jane@example.com", BLOT),
        ("write to JANE@example.com now", f"write to {BLOT} now"),
        (
            "https://shop.example.com/?email=jane%40example.com&x=1",
            f"https://shop.example.com/?email={BLOT}&x=1",
        ),
        ("jane ", BLOT),
        ("Doe-Smith", BLOT),
        ("jürgen.müller@exämple.de", BLOT),
        ("o'neil@example.com", BLOT),
        ("?e=jane%252540example.com&x", f"?e={BLOT}&x"),
        ("jane&#64;example.com", BLOT),
        ('{"e":"jane\\u0040example.com"}', f'{{"e":"{BLOT}"}}'),
        ("mailto:jane@example.com", f"mailto:{BLOT}"),
        ("a@b, c", "a@b, c"),
        ("Welcome back, Jane!", f"Welcome back, {BLOT}!"),
        ("Janet's jeans", "Janet's jeans"),
        ("6505551212", BLOT),
        ("(650) 555-1212", BLOT),
        ("order 650-555-12", "order 650-555-12"),
        ("+16505551212", BLOT),
        ("call 1 650 555 1212", BLOT),
        (16505551212, BLOT),
        (HASH, HASH),
        ("blue jeans", "blue jeans"),
        (12.5, 12.5),
        (True, True),
    ],
)
def test_advertising_sees_nobody_in_plain_text(value: object, expected: object) -> None:
    body = {"a": [{"b": value}]}

    assert blotted(body, EVENT) == {"a": [{"b": expected}]}


def test_a_field_that_is_named_after_a_person_is_blotted_too() -> None:
    body = {"by": {"jane@example.com": 1, "Jane": 2, "total": 3}}

    assert blotted(body, EVENT) == {"by": {BLOT: 2, "total": 3}}


@given(
    local=st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8})?", fullmatch=True),
    domain=st.from_regex(r"[a-z]{1,8}\.(com|org|co\.uk)", fullmatch=True),
    around=st.tuples(
        st.sampled_from(["", "x=", "mailto:", "?e="]), st.sampled_from(["", "&b", " ."])
    ),
    quoted=st.booleans(),
)
def test_no_address_survives(
    local: str, domain: str, around: tuple[str, str], quoted: bool
) -> None:
    address = f"{local}{'%40' if quoted else '@'}{domain}"

    text = json.dumps(blotted({"u": f"{around[0]}{address}{around[1]}"}, {}))

    assert address not in text
    assert domain not in text


def test_a_suppressed_person_is_found_by_every_identifier(tmp_path: Path) -> None:
    people = SuppressionList(tmp_path)
    people.add("user_id", "u-1")
    people.add("email", " Jane@Example.com")
    people.add("phone", "+1 650 555 1212")
    people.add("anonymous_id", "a-1")
    people.refresh()

    assert people.has_event({"userId": "u-1"})
    assert people.has_event({"anonymousId": "a-1"})
    assert people.has_event({"type": "alias", "userId": "u-9", "previousId": "u-1"})
    assert people.has_event({"traits": {"email": "jane@example.COM"}})
    assert people.has_event({"context": {"traits": {"phone": "(1)6505551212"}}})
    assert people.has_record({"Email": "jane@example.com"})
    assert not people.has_event({"userId": "u-2", "traits": {"email": "j@x.com"}})


def test_a_person_can_be_taken_off_again(tmp_path: Path) -> None:
    people = SuppressionList(tmp_path)
    people.add("user_id", "u-1")
    people.add("user_id", "u-1", is_suppressed=False)
    people.refresh()

    assert not people.has_event({"userId": "u-1"})
    assert people.entries() == []


def test_the_list_names_nobody(tmp_path: Path) -> None:
    SuppressionList(tmp_path).add("email", "jane@example.com")

    assert "jane" not in (tmp_path / "suppression.ndjson").read_text()


def test_a_change_of_the_list_is_seen(tmp_path: Path) -> None:
    people = SuppressionList(tmp_path)
    people.refresh()
    SuppressionList(tmp_path).add("user_id", "u-1")

    people.refresh()

    assert people.has_event({"userId": "u-1"})


def test_a_damaged_list_stops_rather_than_guesses(tmp_path: Path) -> None:
    (tmp_path / "suppression.ndjson").write_text("{\n")

    with pytest.raises(Misconfigured, match="not readable"):
        SuppressionList(tmp_path).refresh()


def test_an_unknown_kind_of_identifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="no such identifier"):
        SuppressionList(tmp_path).add("shoe_size", "44")


def test_a_person_is_suppressed_by_all_that_the_customer_is_known_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path, tmp_path / "var", {}, {})
    settings.data_dir.mkdir()
    monkeypatch.setattr(suppress_command, "load_settings", lambda: settings)
    rows = [
        ("c1", "email", "jane@example.com", False),
        ("c1", "user_id", "u-1", False),
        ("c1", "anonymous_id", "a-1", False),
        ("c1", "anonymous_id", "a-2", True),
        ("c1", "support_requester_id", "9", False),
        ("c2", "anonymous_id", "a-3", False),
    ]
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.customer_identifiers (customer_id varchar,"
            " identifier_type varchar, identifier_value varchar, is_probable boolean)"
        )
        connection.executemany(
            "insert into marts.customer_identifiers values (?, ?, ?, ?)", rows
        )
    publish_snapshot(settings)
    people = SuppressionList(settings.data_dir)

    def told(*arguments: str) -> str:
        said = CliRunner().invoke(suppress_command.command, arguments)
        people.refresh()
        return said.output

    said = told("add", "email", "Jane@Example.com")
    assert said.endswith("is known by: 1 anonymous_id, 1 user_id.\n")
    assert people.has_event({"anonymousId": "a-1"}), "also where nobody is signed in"
    assert not people.has_event({"anonymousId": "a-2"}), "a probable link is a guess"
    assert not people.has_event({"anonymousId": "a-3"})

    told("remove", "user_id", "u-1")
    assert people.entries() == []
    told("add", "user_id", "u-1", "--alone")
    assert not people.has_event({"anonymousId": "a-1"})


def test_before_anything_is_published_an_identifier_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path, tmp_path / "var", {}, {})
    monkeypatch.setattr(suppress_command, "load_settings", lambda: settings)

    said = CliRunner().invoke(suppress_command.command, ["add", "user_id", "u-1"])

    assert said.output == "This user_id is suppressed from the next event on.\n"
