"""The same tests on both engines: what passes here can be exchanged by a setting."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from activation.online.lmdb_store import LmdbStore
from activation.online.redis_store import RedisStore
from activation.online.store import OnlineStore, open_store
from cdp.errors import Misconfigured, Unavailable


def test_what_was_written_is_read(store: OnlineStore) -> None:
    assert store.write([("a", b"1"), ("b", b"\x00\xff")]) == 2

    assert store.read(["b", "absent", "a"]) == [b"\x00\xff", None, b"1"]


def test_fetching_in_an_event_loop_reads_the_same(store: OnlineStore) -> None:
    store.write([("a", b"1")])

    async def fetch() -> list[bytes | None]:
        try:
            return await store.fetch(["a", "b"])
        finally:
            await store.aclose()

    assert asyncio.run(fetch()) == [b"1", None]


def test_many_fetches_at_once_each_get_their_own(store: OnlineStore) -> None:
    store.write((f"k{number}", b"%d" % number) for number in range(300))

    async def fetch_all() -> list[list[bytes | None]]:
        questions = [store.fetch([f"k{number}", "absent"]) for number in range(300)]
        given_up = asyncio.create_task(store.fetch(["k0"]))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        given_up.cancel()
        try:
            return await asyncio.gather(*questions)
        finally:
            await store.aclose()

    found = asyncio.run(fetch_all())

    assert found == [[b"%d" % number, None] for number in range(300)]


def test_a_value_is_replaced_as_a_whole(store: OnlineStore) -> None:
    store.write([("a", b"long before")])
    store.write([("a", b"now")])

    assert store.read(["a"]) == [b"now"]


def test_deleted_keys_are_absent(store: OnlineStore) -> None:
    store.write([("a", b"1"), ("b", b"2")])
    store.delete(["a", "never there"])
    store.delete([])

    assert store.read(["a", "b"]) == [None, b"2"]


def test_what_has_a_time_to_live_ends(store: OnlineStore) -> None:
    store.write([("short", b"1")], ttl_seconds=0.05)
    store.write([("long", b"2")], ttl_seconds=3600)
    deadline = time.monotonic() + 30
    while store.read(["short"]) != [None]:
        assert time.monotonic() < deadline

    assert store.read(["short", "long"]) == [None, b"2"]


def test_writing_again_without_a_time_to_live_keeps_the_value(
    store: OnlineStore,
) -> None:
    store.write([("a", b"1")], ttl_seconds=0.01)
    store.write([("a", b"2")])
    time.sleep(0.02)

    assert store.read(["a"]) == [b"2"]


def test_keys_may_be_long_and_of_any_letters(store: OnlineStore) -> None:
    long_key = "identity:user_id:" + "x" * 2000
    store.write([(long_key, b"1"), (long_key + "y", b"2"), ("identity:é:ß/ü", b"3")])

    assert store.read([long_key, long_key + "y", "identity:é:ß/ü"]) == [
        b"1",
        b"2",
        b"3",
    ]


def test_many_values_are_written_at_once(store: OnlineStore) -> None:
    assert store.write((f"k{number}", b"%d" % number) for number in range(25_000)) == (
        25_000
    )

    assert store.read(["k0", "k24999"]) == [b"0", b"24999"]


def test_readers_see_a_value_as_it_was_or_as_it_is(store: OnlineStore) -> None:
    old, new = b"a" * 5000, b"b" * 5000
    store.write([("k", old)])
    seen: set[bytes | None] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.update(store.read(["k"]))

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(100):
        store.write([("k", new)])
        store.write([("k", old)])
    stop.set()
    thread.join()

    assert seen <= {old, new}


def test_another_process_of_the_store_reads_what_this_one_wrote(shop: Any) -> None:
    writer = open_store(shop.settings)
    writer.write([("a", b"1")])
    writer.close()
    reader = open_store(shop.settings)

    assert reader.read(["a"]) == [b"1"]
    reader.close()


def test_ended_values_are_swept_from_the_file(tmp_path: Any) -> None:
    store = LmdbStore(tmp_path)
    store.write([("session:a", b"1"), ("session:b", b"2")], ttl_seconds=0.001)
    store.write([("session:c", b"3"), ("profile:d", b"4")])
    time.sleep(0.01)

    assert store.sweep("session:") == 2
    assert store.read(["session:c", "profile:d"]) == [b"3", b"4"]
    store.close()


def test_a_redis_that_is_not_there_is_unavailable() -> None:
    store = RedisStore("redis://127.0.0.1:1/0")

    with pytest.raises(Unavailable, match="does not answer"):
        store.read(["a"])
    with pytest.raises(Unavailable):
        store.write([("a", b"1")])
    with pytest.raises(Unavailable):
        asyncio.run(store.fetch(["a"]))  # type: ignore[arg-type]
    store.close()


def test_a_password_is_not_in_the_error() -> None:
    store = RedisStore("redis://:secret@127.0.0.1:1/0")

    with pytest.raises(Unavailable) as error:
        store.read(["a"])

    assert "secret" not in str(error.value)
    store.close()


def test_an_unknown_engine_is_named(tmp_path: Any) -> None:
    from cdp.settings import Settings

    settings = Settings(tmp_path, tmp_path, {"online": {"engine": "tape"}}, {})

    with pytest.raises(Misconfigured, match="'tape' is no engine"):
        open_store(settings)
    open_store(replace(settings, document={})).close()
