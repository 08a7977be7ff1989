from pathlib import Path

import pytest

from ingestion.sources.journal import Journal

PAGES = [[{"id": 3 * page + row} for row in range(3)] for page in range(5)]


class Vendor:
    """A list of five pages; it counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def read(self, state):
        while state.get("page", 0) < len(PAGES):
            page = state.get("page", 0)
            self.asked.append(page)
            state["page"] = page + 1
            yield PAGES[page]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "source" / "orders.jsonl")


@pytest.mark.parametrize("killed_at", range(1, 6))
def test_a_load_that_is_killed_at_any_page_goes_on_after_it(journal, killed_at):
    vendor, reading = Vendor(), journal.pages
    first = reading(vendor.read, {})
    for _ in range(killed_at):
        next(first)  # and the process is gone: nothing else happens to the file
    state: dict = {}
    assert list(journal.pages(vendor.read, state)) == PAGES
    assert vendor.asked == [0, 1, 2, 3, 4]
    assert state == {"page": 5}


@pytest.mark.parametrize("lost_bytes", [1, 5, 40])
def test_a_page_that_was_being_written_is_asked_for_again(journal, lost_bytes):
    vendor = Vendor()
    first = journal.pages(vendor.read, {})
    for _ in range(3):
        next(first)
    written = journal.path.read_bytes()
    journal.path.write_bytes(written[:-lost_bytes])
    assert list(journal.pages(vendor.read, {})) == PAGES
    assert vendor.asked == [0, 1, 2, 2, 3, 4]
    again = Vendor()
    assert list(journal.pages(again.read, {})) == PAGES
    assert again.asked == []


def test_a_journal_that_does_not_begin_where_the_warehouse_ends_is_thrown_away(journal):
    vendor = Vendor()
    next(journal.pages(vendor.read, {}))
    assert list(journal.pages(vendor.read, {"page": 3})) == PAGES[3:]
    assert vendor.asked == [0, 3, 4]


def test_a_large_state_is_not_written_with_every_page(journal):
    vendor = Vendor()
    seen = {f"key {number}": number for number in range(500)}
    first = journal.pages(vendor.read, {"seen": seen})
    for _ in range(5):
        next(first)
    assert journal.path.read_bytes().count(b'"state"') == 1
    state = {"seen": seen}
    assert list(journal.pages(vendor.read, state)) == PAGES
    assert vendor.asked == [0, 1, 2, 3, 4, 1, 2, 3, 4]
    assert state == {"seen": seen, "page": 5}
