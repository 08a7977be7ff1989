"""SQLMesh's own file, and what it reads."""

from __future__ import annotations

from pathlib import Path

import duckdb

from cdp.preview import preview_path, show_loaded_tables
from cdp.settings import Settings


def test_a_folder_of_any_name_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "o'brien"
    folder.mkdir()
    settings = Settings(tmp_path, folder, {}, {})
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema raw_shop")
        connection.execute("create table raw_shop.orders as select 1 as id")
    assert show_loaded_tables(settings) == 1
    assert preview_path(settings).is_file()
