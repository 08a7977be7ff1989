"""Files of a folder and of an object store: new, changed, broken, gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdp.settings import Settings
from ingestion.load import LoadResult, load_source

Rows = list[tuple[Any, ...]]
Query = Callable[[str], Rows]
PRICES = {"glob": "prices/*", "columns": {"Unit Price": "decimal"}}
KEPT = "select record_key, line, reason from raw_lists.prices__refused order by 1, 2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lists"
    (made / "prices").mkdir(parents=True)
    return made


@pytest.fixture
def load(settings: Settings, folder: Path) -> Callable[..., LoadResult]:
    """Load the folder once."""

    def loaded(**options: bool) -> LoadResult:
        section = {"kind": "files", "url": str(folder), "tables": {"prices": PRICES}}
        made = Settings(
            settings.project_dir, settings.data_dir, {"sources": {"lists": section}}, {}
        )
        return load_source(made, "lists", **options)

    return loaded


def write(path: Path, text: str | bytes) -> None:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    known = path.stat().st_mtime_ns
    os.utime(path, ns=(known, known + 1_000_000_000))  # surely another time


Load = Callable[..., LoadResult]


def test_three_formats_land_in_one_table(folder: Path, load: Load, rows: Query) -> None:
    write(folder / "prices/a.csv", "\ufeffSKU;Unit Price\nx;1.50\ny;\n")
    write(folder / "prices/b.jsonl", '{"SKU": "z", "Unit Price": 3, "tags": ["q"]}\n')
    table = pa.table({"SKU": ["p"], "Unit Price": pa.array([Decimal("4.25")])})
    pq.write_table(table, folder / "prices/c.parquet")
    result = load()
    assert (result.error, result.rows) == (None, 4)
    found = rows("select sku, unit_price, tags, _file, _line from raw_lists.prices")
    assert sorted(found) == [
        ("p", Decimal("4.25"), None, "prices/c.parquet", 1),
        ("x", Decimal("1.50"), None, "prices/a.csv", 2),
        ("y", None, None, "prices/a.csv", 3),
        ("z", Decimal("3.00"), '["q"]', "prices/b.jsonl", 1),
    ]
    assert load().rows == 0


def test_a_changed_file_replaces_its_rows_alone(
    folder: Path, load: Load, rows: Query
) -> None:
    write(folder / "prices/a.csv", "sku,unit price\nx,1\ny,2\n")
    write(folder / "prices/b.csv", "sku,unit price\nx,5\n")
    load()
    write(folder / "prices/a.csv", "sku,unit price,note\nx,3,new\n")
    assert load().rows == 1
    found = rows("select sku, unit_price, note from raw_lists.prices order by 2")
    assert found == [("x", Decimal(3), "new"), ("x", Decimal(5), None)]


@pytest.mark.parametrize("text", ["sku,unit price\n", "sku,unit price\nz,free\n"])
def test_a_file_that_has_no_rows_any_more_leaves_none(
    folder: Path, load: Load, rows: Query, text: str
) -> None:
    write(folder / "prices/a.csv", "sku,unit price\nx,1\ny,2\n")
    write(folder / "prices/b.csv", "sku,unit price\nx,5\n")
    load()
    write(folder / "prices/a.csv", text)
    assert load().error is None
    found = "select sku, unit_price, _deleted_at from raw_lists.prices"
    assert rows(found) == [("x", Decimal(5), None)]
    assert load().rows == 0
    write(folder / "prices/a.csv", "sku,unit price\nz,7\n")
    load()
    assert rows("select sku from raw_lists.prices order by 1") == [("x",), ("z",)]


BROKEN = {
    "short.csv": ("sku,unit price\nx,1\ny\nz,2\n", (3, "2 fields expected, 1 came")),
    "flip.csv": (
        "sku,unit price\nx,1\ny,free\n",
        (3, "unit_price: decimal expected, a text came"),
    ),
    "long.csv": (
        "sku,unit price\nx,0.0125\ny,0.00000000001\n",
        (3, "unit_price: decimal expected, more than 9 places came"),
    ),
    "open.csv": (
        'sku,unit price\nx,1\n"y,2\nz,3\n',
        (4, "no CSV: unexpected end of data; it begins in line 3"),
    ),
    "latin.csv": (b"sku,unit price\n\xe9,1\nx,2\n", (2, "no UTF-8")),
    "quote.csv": ('sku,unit price\nx,1\n"y"z,2\n', (3, "no CSV: ',' expected")),
    "twice.csv": ("sku,SKU\nx,1\n", (0, "two columns are called sku")),
    "torn.jsonl": ('{"sku": "x"}\n{"sku": \n', (2, "no JSON")),
    "half.jsonl": (
        '{"sku": "\\ud83d", "unit price": 1}\n{"unit price": 1e400}\n',
        (2, "unit_price: decimal expected, no number of such a size came"),
    ),
    "list.jsonl": ('{"sku": "x"}\n[1]\n', (2, "no JSON object")),
    "torn.parquet": (b"PAR1 and nothing", (0, "it cannot be read (ArrowInvalid)")),
    "notes.docx": ("hello", (0, "no CSV, Parquet or JSON Lines file, by its name")),
}


def test_what_is_broken_is_kept_with_its_reason_and_stops_nothing(
    folder: Path, load: Load, rows: Query
) -> None:
    for name, (text, _) in BROKEN.items():
        write(folder / "prices" / name, text)
    assert load().error is None
    kept = {key.removeprefix("prices/"): rest for key, *rest in rows(KEPT)}
    for name, (_, (line, reason)) in BROKEN.items():
        assert kept[name][0] == line, name
        assert kept[name][1].startswith(reason), name
    assert rows("select count(*) from raw_lists.prices") == [(10,)]
    write(folder / "prices/short.csv", "sku,unit price\nx,1\ny,3\nz,2\n")
    assert load().rows == 3
    assert "prices/short.csv" not in {key for key, *_ in rows(KEPT)}


def test_a_field_of_five_megabytes_and_a_span_of_time_land(
    folder: Path, load: Load, rows: Query
) -> None:
    write(folder / "prices/a.csv", f"sku,unit price\n{'x' * 5_000_000},1\n")
    assert load().error is None
    assert rows("select length(sku) from raw_lists.prices") == [(5_000_000,)]
    spans = pa.table({"sku": ["y"], "span": pa.array([90_000_000], pa.duration("us"))})
    pq.write_table(spans, folder / "prices/b.parquet")
    assert load().error is None
    found = rows("select span from raw_lists.prices where sku = 'y'")
    assert found == [(90_000_000,)]


def test_the_rows_of_a_file_that_is_gone_are_marked(
    folder: Path, load: Load, rows: Query
) -> None:
    write(folder / "prices/a.csv", "sku,unit price\nx,1\n")
    write(folder / "prices/b.csv", "sku,unit price\ny,1\n")
    load()
    (folder / "prices/a.csv").rename(folder / "a.csv")
    assert load().rows == 1
    gone = "select sku from raw_lists.prices where _deleted_at is not null"
    assert rows(gone) == [("x",)]
    (folder / "a.csv").rename(folder / "prices/a.csv")
    load()
    assert rows(gone) == []


@pytest.mark.parametrize("is_removed", [True, False], ids=["a file gone", "rows gone"])
def test_a_collapse_changes_nothing_until_it_is_accepted(
    folder: Path, load: Load, rows: Query, *, is_removed: bool
) -> None:
    lines = "".join(f"s{number},1\n" for number in range(100))
    write(folder / "prices/a.csv", f"sku,unit price\n{lines}")
    load()
    if is_removed:
        (folder / "prices/a.csv").unlink()
    else:
        write(folder / "prices/a.csv", "sku,unit price\ns1,1\n")
    error = load().error or ""
    assert "100 rows are known" in error
    assert "--accept-collapse" in error
    there = "select count(*) from raw_lists.prices where _deleted_at is null"
    assert rows(there) == [(100,)]
    assert load(accept_collapse=True).error is None
    assert rows(there) == [(0 if is_removed else 1,)]


def test_a_bucket_is_read_as_a_folder_is(
    s3: dict[str, Any], settings: Settings, rows: Query
) -> None:
    url = f"{s3['endpoint']}/lake/lists/2026/a.csv"
    httpx.put(url, content=b"sku,total\nx,1.5\ny,2\n").raise_for_status()
    section = {
        "kind": "files",
        "url": "s3://lake/lists",
        "tables": {"prices": "**/*.csv"},
        **s3,
    }
    made = Settings(
        settings.project_dir, settings.data_dir, {"sources": {"lists": section}}, {}
    )
    result = load_source(made, "lists")
    assert (result.error, result.rows) == (None, 2)
    assert rows("select sku, total from raw_lists.prices order by 1") == [
        ("x", "1.5"),
        ("y", "2"),
    ]
    assert load_source(made, "lists").rows == 0


def test_a_load_of_nothing_new_is_a_complete_load(
    folder: Path, load: Load, rows: Query
) -> None:
    write(folder / "prices/a.csv", "sku,unit price\nx,1\n")
    load()
    loads = "select count(*) from raw_lists._dlt_loads where status = 0"
    [(before,)] = rows(loads)
    load()
    assert rows(loads) == [(before + 1,)]
