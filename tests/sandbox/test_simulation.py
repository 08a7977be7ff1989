import sqlite3
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sandbox.company.company import found_company
from sandbox.company.lives import live_all
from sandbox.company.truth import TABLES, TruthFiles
from sandbox.company_file import Company
from sandbox.simulate import command, parse_write_keys, write_company
from sandbox.simulation import Target, simulate

ROOT = Path(__file__).parents[2]
ARGUMENTS = ("--customers", "40", "--days", "200", "--end", "2026-11-22")


def run(folder: Path, *more: str):
    lines = folder / "events.ndjson"
    places = ("--data-dir", str(folder), "--events-file", str(lines))
    return CliRunner().invoke(command, [*ARGUMENTS, *places, *more])


def stored(folder: Path) -> list[tuple]:
    store = sqlite3.connect(folder / "sandbox" / "tools.sqlite")
    rows = store.execute(
        "select tool, object_name, id, updated_at, body from documents order by 1, 2, 3"
    ).fetchall()
    store.close()
    return rows


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        result = run(folder)
        assert result.exit_code == 0, result.output
    first, second = folders
    lines = (first / "events.ndjson").read_bytes()
    assert lines == (second / "events.ndjson").read_bytes()
    assert stored(first) == stored(second)
    for name in TABLES:
        path = Path("sandbox") / "truth" / f"{name}.parquet"
        assert (first / path).read_bytes() == (second / path).read_bytes()


def test_running_again_changes_nothing(tmp_path):
    run(tmp_path)
    before = stored(tmp_path)
    assert run(tmp_path).exit_code == 0
    assert stored(tmp_path) == before


def test_another_seed_gives_another_company(tmp_path):
    run(tmp_path / "one")
    run(tmp_path / "other", "--seed", "8")
    lines = (tmp_path / "one" / "events.ndjson").read_bytes()
    assert lines != (tmp_path / "other" / "events.ndjson").read_bytes()


def test_a_folder_keeps_to_one_company(tmp_path):
    run(tmp_path)
    refused = run(tmp_path, "--seed", "8")
    assert refused.exit_code == 1
    assert "holds another company" in refused.output


def test_ranges_of_people_add_up_to_all_of_them(tmp_path):
    company = found_company(7, date(2026, 11, 22), 120, 0.003)
    parts = [("all", range(30)), ("low", range(14)), ("high", range(14, 30))]
    lines = {}
    for name, people in parts:
        lines[name] = tmp_path / f"{name}.ndjson"
        simulate(company, people, Target(events_file=lines[name]))
    low, high = lines["low"].read_bytes(), lines["high"].read_bytes()
    assert low + high == lines["all"].read_bytes()


def test_every_table_of_truth_is_written(tmp_path):
    run(tmp_path)
    truth = tmp_path / "sandbox" / "truth"
    assert {path.name for path in truth.iterdir()} == {
        f"{name}.parquet" for name in TABLES
    }
    persons = pq.read_table(truth / "persons.parquet")
    assert persons.num_rows == 40
    for name, columns in TABLES.items():
        assert pq.read_table(truth / f"{name}.parquet").column_names == list(columns)


def interrupt(folder: Path) -> None:
    with TruthFiles(folder) as truth:
        truth.write({"dirty": []})
        raise KeyboardInterrupt


def test_an_interrupted_simulation_leaves_no_truth(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_dirt_is_known_and_takes_no_clean_event_away():
    clean = found_company(7, date(2026, 11, 22), 365, 0.0)
    dirty = found_company(7, date(2026, 11, 22), 365, 0.02)
    kinds: Counter[str] = Counter()
    extra = 0
    for without, having in zip(
        live_all(clean, range(80)), live_all(dirty, range(80)), strict=True
    ):
        rows = having.truth.get("dirty", [])
        kinds.update(row["kind"] for row in rows)
        extra += len(having.events) - len(without.events)
        wrong = {row["message_id"] for row in rows if row["expected_reason"]}
        kept = {event.body["messageId"] for event in having.events} - wrong
        assert kept == {event.body["messageId"] for event in without.events}
    assert len(kinds) == 6
    assert extra == sum(kinds.values()) - kinds["late"]


def test_a_late_event_is_received_late_but_happened_when_it_happened(tmp_path):
    company = found_company(7, date(2026, 11, 22), 365, 0.05)
    lines = tmp_path / "events.ndjson"
    simulate(company, range(30), Target(events_file=lines))
    received = [msgspec.json.decode(line) for line in lines.read_bytes().splitlines()]
    late = [one for one in received if one["receivedAt"][:13] > one["timestamp"][:13]]
    assert late
    assert all(one["sentAt"] >= one["originalTimestamp"] for one in received)


def test_the_demo_gets_its_documents_and_progress(tmp_path):
    seen = []
    company = Company(12, 100, 7, "2026-11-22")
    written = write_company(company, tmp_path, lambda *step: seen.append(step))
    assert written.people == 12
    assert written.documents == len(stored(tmp_path))
    assert seen[-1] == ("people", 12, 12)


def test_write_keys_name_all_three_sources():
    assert parse_write_keys("web=a,mobile=b,server=c")["mobile"] == "b"
    with pytest.raises(Exception, match="no write key for mobile, server"):
        parse_write_keys("web=a")


def test_no_module_but_the_simulation_writes_truth():
    writers = {
        str(path.relative_to(ROOT))
        for room in ("cdp", "ingestion", "ml", "activation", "orchestration", "sandbox")
        for path in (ROOT / room).rglob("*.py")
        if "TruthFiles" in path.read_text(encoding="utf-8")
    }
    assert writers == {"sandbox/company/truth.py", "sandbox/simulation.py"}


def test_no_product_code_reads_the_truth():
    for room in ("cdp", "ingestion", "ml", "activation", "orchestration", "models"):
        for path in (ROOT / room).rglob("*.*"):
            if path.suffix in {".py", ".sql"}:
                text = path.read_text(encoding="utf-8")
                assert "sandbox/truth" not in text, path
                assert "import sandbox" not in text, path
                assert "from sandbox" not in text, path
