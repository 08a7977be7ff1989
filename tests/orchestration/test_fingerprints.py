"""What makes a run build again, and what does not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cdp.settings import Settings
from orchestration.fingerprints import of_raw_data


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path, {}, {})
    with duckdb.connect(str(made.warehouse_path)) as connection:
        connection.execute("create schema raw_events")
        connection.execute(
            "create table raw_events.deliveries (status varchar, loaded_at timestamp)"
        )
    return made


@pytest.mark.parametrize(
    ("status", "is_news"), [("delivered", True), ("rejected", True), ("retry", False)]
)
def test_deliveries_without_new_events_are_news(
    settings: Settings, status: str, is_news: bool
) -> None:
    before = of_raw_data(settings)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(
            "insert into raw_events.deliveries values (?, now())", [status]
        )
    assert (of_raw_data(settings) != before) is is_news
