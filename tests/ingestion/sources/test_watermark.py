from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.watermark import Watermark

START = datetime(2026, 3, 1, tzinfo=UTC)
LAG = timedelta(minutes=10)


def record(key: int, minute: int) -> dict:
    return {"id": key, "updated": (START + timedelta(minutes=minute)).isoformat()}


def watermark(state: dict) -> Watermark:
    return Watermark(state, "id", "updated", LAG)


def test_nothing_read_begins_at_the_beginning():
    assert watermark({}).start() is None
    assert watermark({}).take_new([]) == []


def test_it_begins_a_lag_before_the_newest_record():
    state: dict = {}
    watermark(state).take_new([record(1, 0), record(2, 60)])
    assert watermark(state).start() == START + timedelta(minutes=50)


def test_a_record_seen_before_is_new_again_only_when_it_has_changed():
    state: dict = {}
    first = [record(1, 0), record(2, 5)]
    assert watermark(state).take_new(first) == first
    assert watermark(state).take_new([*first, record(1, 6)]) == [record(1, 6)]


def test_it_remembers_no_longer_than_the_lag():
    state: dict = {}
    watermark(state).take_new([record(key, key) for key in range(1000)])
    assert len(state["seen"]) == LAG // timedelta(minutes=1) + 1


def test_a_record_of_the_future_does_not_hide_the_present():
    state: dict = {}
    now = datetime.now(UTC)
    ahead = {"id": 1, "updated": (now + timedelta(days=1)).isoformat()}
    present = {"id": 2, "updated": now.isoformat()}
    assert watermark(state).take_new([present, ahead]) == [present, ahead]
    start = watermark(state).start()
    assert start is not None
    assert start < now
    assert watermark(state).take_new([present, ahead]) == []


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=60),
    st.integers(1, 10),
)
def test_reading_in_pages_hands_out_every_change_once(changes, page_rows):
    """A vendor shows the newest state of each record, oldest change first."""
    state: dict = {}
    shown: dict[int, int] = {}
    handed: list[tuple[int, str]] = []
    for key, minute in changes:
        newest = max(shown.values(), default=0)
        shown[key] = max(minute, newest)  # a change is never older than the newest
        mark = watermark(state)
        since = mark.start()
        visible = [
            record(each, at)
            for each, at in sorted(shown.items(), key=lambda pair: pair[1])
            if since is None or START + timedelta(minutes=at) >= since
        ]
        for first in range(0, len(visible), page_rows):
            new = mark.take_new(visible[first : first + page_rows])
            handed += [(one["id"], one["updated"]) for one in new]
    assert len(handed) == len(set(handed))
    final = {(key, record(key, minute)["updated"]) for key, minute in shown.items()}
    assert final <= set(handed)
