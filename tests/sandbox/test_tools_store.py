import pytest

from sandbox.tools_store import Position, ToolsStore, microseconds


@pytest.fixture
def store(tmp_path):
    store = ToolsStore(tmp_path / "folder" / "tools.sqlite")
    yield store
    store.close()


def charge(number: int, created: int = 0, **fields) -> tuple[str, dict]:
    body = {"id": f"ch_{number}", "created": created, **fields}
    return f"ch_{number}", body


def test_a_document_comes_back_as_it_was_put(store):
    body = {"id": "ch_1", "created": 5, "metadata": {"order_id": "o1"}, "amount": None}
    store.put_many("stripe", "charges", [("ch_1", body)])
    assert store.get("stripe", "charges", "ch_1") == body
    assert store.get("stripe", "charges", "ch_2") is None


def test_what_did_not_change_is_not_written_again(store):
    assert store.put_many("stripe", "charges", [charge(1), charge(2)]) == 2
    assert store.put_many("stripe", "charges", [charge(1), charge(2, amount=3)]) == 1
    assert store.count("stripe", "charges") == 2


@pytest.mark.parametrize("is_descending", [False, True])
def test_pages_together_are_everything_once(store, is_descending):
    documents = [charge(number, created=number // 3) for number in range(20)]
    store.put_many("stripe", "charges", documents)
    found, after = [], None
    while page := store.page(
        "stripe", "charges", after=after, limit=4, descending=is_descending
    ):
        found += [one.id for one in page]
        after = page[-1].position
    assert sorted(found) == sorted(key for key, _ in documents)
    clocks = [store.get("stripe", "charges", key)["created"] for key in found]
    assert clocks == sorted(clocks, reverse=is_descending)


def test_a_page_is_bounded_by_the_documents_clock(store):
    documents = [charge(number, created=number) for number in range(10)]
    store.put_many("stripe", "charges", documents)
    since, until = 3 * 10**6, 5 * 10**6
    page = store.page("stripe", "charges", since=since, until=until)
    assert [one.id for one in page] == ["ch_3", "ch_4", "ch_5"]
    assert store.count("stripe", "charges", since=since, until=until) == 3
    assert page[0].position == Position(since, "ch_3")


def test_a_failed_write_leaves_nothing(store):
    def broken():
        yield charge(1)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - raised right above
        store.put_many("stripe", "charges", broken())
    assert store.count("stripe", "charges") == 0


@pytest.mark.parametrize(
    ("tool", "body"),
    [
        ("salesforce", {"SystemModstamp": "2026-01-01T00:00:00.000+0000"}),
        ("stripe", {"created": 1_767_225_600}),
        ("zendesk", {"updated_at": "2026-01-01T00:00:00Z"}),
        ("hubspot", {"updatedAt": "2026-01-01T00:00:00.000Z"}),
        ("klaviyo", {"attributes": {"updated": "2026-01-01T00:00:00+00:00"}}),
        ("klaviyo", {"attributes": {"datetime": "2026-01-01 00:00:00+00:00"}}),
    ],
)
def test_each_vendors_clock_is_understood(store, tool, body):
    store.put_many(tool, "things", [("1", body)])
    expected = microseconds("2026-01-01T00:00:00Z")
    assert store.page(tool, "things")[0].updated_at == expected
