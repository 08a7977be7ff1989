"""What every test of the warehouse starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.raw_warehouse import Warehouse, make_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty warehouse of this test's own."""
    return make_warehouse(tmp_path)
