"""Rows of a preview beside production's."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.lineage.lineage import Lineage
from orchestration.lineage.project import Project, Table
from orchestration.preview.build import PRODUCTION
from orchestration.preview.rows import RowComparer
from tests.orchestration.lineage.small_project import EVENTS, graph_of

READERS = Table("readers", "model", "main", "readers", "", key=("address", "list_id"))
QUERY = (
    "select json_extract_string(traits, '$.email') as address, group_id as list_id,"
    " channel from raw_events.events"
)


@pytest.mark.parametrize("is_open", [False, True])
def test_an_address_that_is_a_key_is_masked_too(tmp_path: Path, is_open: bool) -> None:
    graph = graph_of(readers=QUERY)
    tables = {EVENTS.name: EVENTS, READERS.name: READERS}
    lineage = Lineage(Project("duckdb", tables), graph, (), {}, {})
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'production.duckdb'}' as {PRODUCTION}")
        for catalog, channel in (("memory", "web"), (PRODUCTION, "app")):
            connection.execute(
                f"create table {catalog}.main.readers as select 'ann@example.com' as"
                f" address, 'l1' as list_id, '{channel}' as channel"
            )
        comparer = RowComparer(connection, lineage, is_open=is_open)
        difference = comparer.compare(READERS)
        connection.execute(f"detach {PRODUCTION}")
    assert difference is not None
    [sample] = difference.samples
    assert ("ann@example.com" in sample.key) is is_open
    assert sample.key.endswith(", l1")
    assert sample.values == {"channel": ("app", "web")}
