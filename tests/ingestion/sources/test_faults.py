"""Each fault of the stand-ins, met by each source: rows end equal to the truth."""

from datetime import timedelta

import pytest

from ingestion.sources import stripe
from sandbox.tools.traffic import Fault


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=500),
        Fault("status", status=429, retry_after=1),
        Fault("half_page"),
        Fault("token_expired"),
    ],
    ids=["500", "429", "half a page", "token expired"],
)
def test_a_fault_between_two_pages_loses_no_row(filled, case, fault):
    filled.stand.traffic.inject(case.kind, fault, count=1, after=2)
    filled.load(case.kind)
    assert filled.ids(case.table) == case.stored_ids()
    assert filled.load(case.kind) == {}


def test_a_type_that_flips_keeps_its_records_apart_until_it_is_back(filled, case):
    flip = Fault("schema_change", field=case.flips, value={"odd": True}, one_in=3)
    filled.stand.traffic.inject(case.kind, flip, count=100)
    loaded = filled.load(case.kind)
    refused, table = f"{case.table}__refused", case.table.split(".")[1]
    kept = filled.query(f"select record_key, reason from {refused}")  # noqa: S608
    assert 0 < len(kept) < case.row_count
    assert loaded == {
        table: case.row_count - len(kept),
        f"{table}__refused": len(kept),
    }
    assert all(reason.endswith("expected, an object came") for _, reason in kept)
    arrived = set(filled.ids(case.table))
    assert sorted(arrived | {key for key, _ in kept}) == case.stored_ids()
    assert not arrived & {key for key, _ in kept}
    filled.stand.traffic.reset()
    again = [case.make(number, **case.change) for number in range(case.row_count)]
    filled.put(case.kind, case.object_name, *again)
    filled.load(case.kind)
    assert filled.ids(case.table) == case.stored_ids()
    assert filled.query(f"select * from {refused}") == []  # noqa: S608


def test_a_source_is_read_again_when_its_trouble_is_over(filled, case):
    flip = Fault("schema_change", field=case.flips, value={"odd": True}, one_in=3)
    filled.stand.traffic.inject(case.kind, flip, count=100)
    filled.load(case.kind)
    filled.stand.traffic.reset()
    filled.load(case.kind)
    assert filled.ids(case.table) != case.stored_ids(), "none of them has changed"
    filled.load(case.kind, again=True)
    assert filled.ids(case.table) == case.stored_ids()
    assert filled.query(f"select * from {case.table}__refused") == []  # noqa: S608
    assert filled.load(case.kind) == {}


def test_a_new_field_is_welcome(filled, case):
    new = Fault(
        "schema_change",
        field="shoe_size",
        value=42,
        beside=case.flips,
        one_in=1,
    )
    filled.stand.traffic.inject(case.kind, new, count=100)
    filled.load(case.kind)
    assert filled.ids(case.table) == case.stored_ids()
    sizes = f"select count(*), min(shoe_size) from {case.table}"  # noqa: S608
    found = filled.query(f"{sizes} where shoe_size is not null")
    assert found == [(case.row_count, 42)]


def test_rows_that_become_visible_late_arrive_with_the_next_load(
    filled, case, monkeypatch
):
    filled.load(case.kind)
    latest = [case.make(case.row_count + number) for number in range(8)]
    filled.put(case.kind, case.object_name, *latest)
    filled.fail(case.kind, "late_rows", count=20, one_in=2)
    arrived = sum(filled.load(case.kind).values())
    assert arrived < len(latest)
    filled.stand.traffic.reset()
    if case.kind == "stripe":  # its feed has no times: late events wait for the list
        monkeypatch.setattr(stripe, "LIST_AGAIN_AFTER", timedelta(0))
    filled.load(case.kind)
    expected = [*case.documents(), *latest]
    assert len(filled.ids(case.table)) == len(expected)
