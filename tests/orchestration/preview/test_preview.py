"""What a change would do, before it is merged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import msgspec
import pytest

from activation.difference import make_plan
from activation.exposures import load_syncs
from activation.ledger import prepare_ledger
from activation.values import plain
from cdp.settings import Settings
from orchestration.lineage.revision import revision_now
from orchestration.pages import write_page
from orchestration.preview.command import TEMPLATE
from orchestration.preview.preview import Choice, Preview, make_preview
from orchestration.preview.text import counts_told, preview_lines
from tests.orchestration.lineage.small_dbt_project import edit, make_project

pytestmark = pytest.mark.slow
EVENTS = [("u1", 10, "Bonn"), ("u2", 20, "Rome"), ("u3", 30, "Oslo")]


def produce(settings: Settings) -> None:
    """Build production by hand, and have everything delivered."""
    now = revision_now(settings)
    folder = str(now.manifest.parent)
    environment = {**settings.environment, "DBT_TARGET_PATH": folder}
    [sync] = load_syncs(replace(settings, environment=environment))
    code = now.lineage.project.tables["payers"].codes[0].replace('"empty".', "")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema raw_events")
        connection.execute(
            "create table raw_events.events (user_id varchar, event varchar,"
            " properties json, traits json)"
        )
        for person, total, place in EVENTS:
            properties = msgspec.json.encode({"total": total, "place": place}).decode()
            connection.execute(
                "insert into raw_events.events values (?, 'paid', ?, '{}')",
                [person, properties],
            )
        connection.execute(f"create table main.payers as {code}")
        prepare_ledger(connection)
        plan = make_plan(connection, sync, settings.data_dir / "p.parquet", settings)
        for one in plan.records():
            record = sync.fields.record(one.row, None)
            sent = {name: plain(value) for name, value in record.items()}
            fields = msgspec.json.encode(sent).decode()
            connection.execute(
                "insert into ledger.sync_state (sync_name, record_key, row_hash,"
                " fields) values (?, ?, ?, ?)",
                ["crm", one.record_key, one.row_hash, fields],
            )


def previewed(settings: Settings) -> Preview:
    return make_preview(settings, Choice("main"), lambda _: None)


def test_a_change_is_told_from_the_model_to_the_tool(tmp_path: Path) -> None:
    settings = make_project(tmp_path)
    produce(settings)
    untouched = settings.warehouse_path.read_bytes()
    assert previewed(settings).is_nothing

    edit(settings, "models/payers.sql", "as decimal(18, 2))", "as decimal(18, 2)) * 2")
    edit(settings, "models/payers.sql", "= 'paid'", "= 'paid' and user_id <> 'u3'")
    preview = previewed(settings)
    [verdict] = preview.verdicts
    assert (verdict.change, verdict.category) == ("changed", "breaking")
    assert preview.columns == {"payers": ("paid_amount", "*")}
    assert "crm.contacts.Amount" in preview.fields
    assert preview.records == ("crm.contacts",)
    [rows] = preview.rows
    assert (rows.added, rows.removed, rows.changed) == (0, 1, 2)
    assert rows.by_column == {"paid_amount": 2}
    [sync] = preview.syncs
    assert sync.anyway == {"create": 0, "update": 0, "delete": 0}
    assert sync.merged == {"create": 0, "update": 2, "delete": 0}
    assert sync.fields == {"Amount": 2}
    assert settings.warehouse_path.read_bytes() == untouched

    told = "\n".join(preview_lines(preview))
    assert "payers: 3 → 2 rows; 0 added, 1 removed, 2 changed" in told
    assert "helps to choose the records of crm.contacts" in told
    write_page(
        TEMPLATE, tmp_path / "index.html", preview=preview, counts_told=counts_told
    )
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "2 update" in page
    assert "<code>crm.contacts</code>" in page
    assert "http" not in page


def test_columns_and_fields_that_come_and_go_are_named(tmp_path: Path) -> None:
    settings = make_project(tmp_path)
    produce(settings)
    edit(
        settings,
        "models/payers.sql",
        "    json_extract_string(properties, '$.place') as place_name,\n",
        "    'shop' as origin_name,\n",
    )
    schema = "models/schema.yml"
    edit(settings, schema, "- name: place_name", "- name: origin_name")
    edit(settings, schema, "Place: place_name", "Origin: origin_name")
    preview = previewed(settings)
    assert (preview.new, preview.gone) == (
        {"payers": ("origin_name",)},
        {"payers": ("place_name",)},
    )
    [rows] = preview.rows
    assert (rows.new, rows.gone, rows.is_same) == (
        {"origin_name": 3},
        {"place_name": 3},
        False,
    )
    [sync] = preview.syncs
    assert (sync.mapped, sync.unmapped) == (("Origin",), ("Place",))

    told = "\n".join(preview_lines(preview))
    assert "payers: place_name (gone), origin_name (new)" in told
    assert "place_name (gone): 3 rows had a value" in told
    assert "Place: mapped no more" in told
    assert "Origin: newly mapped" in told
    assert "the same 3 rows" not in told
    file = tmp_path / "index.html"
    write_page(TEMPLATE, file, preview=preview, counts_told=counts_told)
    page = file.read_text(encoding="utf-8")
    assert "<code>place_name (gone)</code>" in page
    assert "mapped no more</span> <code>Place</code>" in page


def test_a_field_that_is_mapped_no_more_is_told_where_nothing_is_sent(
    tmp_path: Path,
) -> None:
    settings = make_project(tmp_path)
    produce(settings)
    edit(settings, "models/schema.yml", "            Place: place_name\n", "")
    [sync] = previewed(settings).syncs
    assert (sync.unmapped, sync.is_same) == (("Place",), False)
    assert counts_told(sync) == "nothing to send"


def test_other_contents_of_records_that_are_sent_anyway_are_told(
    tmp_path: Path,
) -> None:
    settings = make_project(tmp_path)
    produce(settings)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("delete from ledger.sync_state where record_key <> 'u1'")
    edit(settings, "models/payers.sql", "user_id as", "user_id || '' as")
    [sync] = previewed(settings).syncs
    assert (sync.merged["create"], sync.others, sync.is_same) == (2, 0, True)
    assert counts_told(sync) == "2 create, the same as without the change"

    name = "json_extract_string(properties, '$.place')"
    other = f"if(user_id = 'u2', 'Roma', {name})"
    edit(settings, "models/payers.sql", name, other)
    [sync] = previewed(settings).syncs
    assert sync.anyway == sync.merged == {"create": 2, "update": 0, "delete": 0}
    assert (sync.others, sync.is_same) == (1, False)
    assert counts_told(sync) == "2 create, 1 of them with other contents"
