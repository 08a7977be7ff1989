from __future__ import annotations

import re
from pathlib import Path

import duckdb

from activation.ledger import prepare_ledger

MACRO = Path(__file__).parents[2] / "macros" / "hooks" / "create_ledger_tables.sql"
COLUMNS = """
    select table_name, column_name, data_type from information_schema.columns
    where table_schema = 'ledger' order by all
"""


def test_dbt_makes_the_same_tables_when_nothing_has_been_sent_yet() -> None:
    ours, theirs = duckdb.connect(), duckdb.connect()
    prepare_ledger(ours)
    theirs.execute("create schema ledger")
    text = MACRO.read_text(encoding="utf-8")
    for name, columns in re.findall(r"'(\w+)': \[(.*?)\]", text, re.DOTALL):
        declared = ", ".join(re.findall(r"'([\w ]+)'", columns))
        theirs.execute(f"create table ledger.{name} ({declared})")
    assert theirs.execute(COLUMNS).fetchall() == ours.execute(COLUMNS).fetchall()
