"""One odd record stops nothing: the others land, and it is there or kept apart."""

import json

import pytest

from ingestion.load import load_source
from ingestion.sources.journal import Journal
from sandbox.tools.traffic import Fault

CURSORS = {
    "salesforce": "SystemModstamp",
    "zendesk": "updated_at",
    "klaviyo": "updated",
    "hubspot": "updatedAt",
    "shopify": "updated_at",
}


def refused(workspace, case) -> list[tuple[str, str]]:
    return workspace.query(f"select record_key, reason from {case.table}__refused")  # noqa: S608


@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("salesforce", "soon"),
        ("zendesk", {"odd": 1}),
        ("klaviyo", "0001-01-01T00:00:00+14:00"),
        ("hubspot", "soon"),
        ("shopify", []),
    ],
    indirect=["case"],
)
def test_a_time_of_change_that_is_none_keeps_its_record_apart(filled, case, value):
    flip = Fault("schema_change", field=CURSORS[case.kind], value=value, one_in=50)
    filled.stand.traffic.inject(case.kind, flip, count=100)
    assert load_source(filled.settings, case.kind).error is None
    apart = {key for key, _ in refused(filled, case)}
    assert 0 < len(apart) < case.row_count / 10
    assert sorted(apart | set(filled.ids(case.table))) == case.stored_ids()
    filled.stand.traffic.reset()
    healed = [case.make(number, **case.change) for number in range(case.row_count)]
    filled.put(case.kind, case.object_name, *healed)
    assert load_source(filled.settings, case.kind).error is None
    assert filled.ids(case.table) == case.stored_ids()
    assert refused(filled, case) == []


@pytest.mark.parametrize("case", ["zendesk", "klaviyo"], indirect=True)
def test_a_record_without_a_time_of_change_lands(filled, case):
    cursor = CURSORS[case.kind]
    gone = Fault("schema_change", field=cursor, beside=cursor, one_in=50)
    filled.stand.traffic.inject(case.kind, gone, count=100)
    assert load_source(filled.settings, case.kind).error is None
    assert filled.ids(case.table) == case.stored_ids()


@pytest.mark.parametrize("case", ["stripe", "klaviyo"], indirect=True)
def test_a_number_beyond_64_bits_is_kept_as_text_or_apart(filled, case):
    odd = {"huge": 10**30, "unsigned": 2**63, "nested": {"a": [-(10**20)]}}
    filled.put(case.kind, case.object_name, case.make(900, **odd))
    assert load_source(filled.settings, case.kind).error is None
    key = f"cast(id as varchar) not in {tuple(case.stored_ids())}"
    found = filled.query(f"select huge, nested from {case.table} where {key}")  # noqa: S608
    assert [(huge, json.loads(nested)) for huge, nested in found] == [
        (str(10**30), {"a": [str(-(10**20))]})
    ]
    assert [reason for _, reason in refused(filled, case)] == [
        "unsigned: more than 64 bits came"
    ]


@pytest.mark.parametrize("case", ["salesforce", "stripe"], indirect=True)
def test_records_without_a_key_are_all_kept_apart(filled, case):
    key = "Id" if case.kind == "salesforce" else "id"
    table, cursor = case.table.split(".")[1], CURSORS.get(case.kind, "created")
    gone = Fault("schema_change", field=key, beside=cursor, one_in=50)
    filled.stand.traffic.inject(case.kind, gone, count=100)
    loaded = load_source(filled.settings, case.kind)
    assert loaded.error is None
    apart = refused(filled, case)
    assert len(apart) > 1
    assert {reason for _, reason in apart} == {f"{key}: the key is missing"}
    assert len(filled.ids(case.table)) + len(apart) == case.row_count, table


def test_half_a_character_becomes_a_mark(tmp_path):
    def read(_state):
        yield [{"name": "half \ud83d", "whole": "🦄", "tags": {"x\udc00": ["\ud800"]}}]

    [page] = Journal(tmp_path / "page.jsonl").pages(read, {})
    assert page == [{"name": "half �", "whole": "🦄", "tags": {"x�": ["�"]}}]
    [again] = Journal(tmp_path / "page.jsonl").pages(lambda _: iter(()), {})
    assert again == page
