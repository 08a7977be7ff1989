from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from activation.destinations.delivery import Patience
from activation.sync import plan_syncs, sync
from cdp.errors import Misconfigured
from cdp.warehouse import writing_turn
from sandbox.tools.traffic import Fault


def test_a_dead_tool_loses_nothing(shop: Any, hasty: Patience) -> None:
    shop.stand.traffic.inject("salesforce", Fault("status", status=503), count=3)

    down = shop.run(patience=hasty)
    up = shop.run(patience=hasty)

    assert down.stopped_by is not None
    assert (down.delivered_count, down.retry_count) == (0, 10)
    assert up.delivered_count == 10


def test_a_wrong_credential_is_told_after_the_outcomes_are_kept(
    shop: Any, hasty: Patience
) -> None:
    environment = dict(shop.environment) | {"SALESFORCE_CLIENT_SECRET": "wrong"}
    settings = replace(shop.settings, environment=environment)

    with pytest.raises(Misconfigured, match=r"^sync crm: 10 new") as error:
        sync(settings, patience=hasty)

    assert str(error.value).count("crm") == 1
    assert shop.run_sql("select distinct status from ledger.sync_outcomes") == [
        ("misconfigured",)
    ]
    assert shop.run().delivered_count == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "no_such"}, "no column no_such"),
        ({"mode": "mirror"}, "deletes nothing"),
        (
            {"mode": "mirorr"},
            "sync.mode: there is no mode 'mirorr'. Write mirror; there are upsert, ins",
        ),
        ({"mode": "both"}, "there is no mode 'both'. Use one of upsert, insert,"),
        (
            {"mapping": {"Email": {"column": "email", "write": "skip_emty"}}},
            "sync.mapping: there is no write 'skip_emty'. Write skip_empty; there are",
        ),
        (
            {"mapping": {"Email": "email.x.y"}},
            "column email is plain text: it has no part x.y. Map email,",
        ),
        (
            {"mapping": {"Orders__c": "order_count.x"}},
            "Cannot extract field 'x'",
        ),
        ({"mapping": {}}, "no field is mapped"),
        ({"guard": {}}, "guard"),
        ({"destination": "fax"}, "destinations.fax"),
    ],
)
def test_a_sync_that_is_not_complete_says_what_is_missing(
    shop: Any, changes: dict[str, Any], message: str
) -> None:
    shop.declare(**changes)

    with pytest.raises(Misconfigured) as error:
        sync(shop.settings)
    with pytest.raises(Misconfigured) as of_plan:
        plan_syncs(shop.settings)

    assert message in str(error.value)
    assert message in str(of_plan.value)


def test_a_sync_that_cannot_run_ends_no_other(shop: Any) -> None:
    # of the two that cannot run one is down and one is not complete
    address = "postgresql://nobody@127.0.0.1:9/none"
    environment = {**shop.environment, "SHOP_DATABASE_URL": address}
    source = {"postgres": "SHOP_DATABASE_URL", "query": "select 1"}
    shop.declare(source=source)
    shop.add_sync("lost", destination="fax")
    shop.add_sync("other")
    told: list[str] = []

    with pytest.raises(Misconfigured, match="fax"):
        sync(
            replace(shop.settings, environment=environment),
            tell=lambda result: told.append(result.summary),
        )

    assert "stopped: source.postgres: the database does not answer" in told[0]
    assert "fax" in told[1]
    assert "10 delivered" in told[2]


def test_an_unknown_sync_names_the_known_ones(shop: Any) -> None:
    with pytest.raises(Misconfigured, match="'cmr'") as error:
        sync(shop.settings, ["cmr"])

    assert "crm" in error.value.fix


def test_a_model_that_is_not_built_says_so(unbuilt: Any) -> None:
    unbuilt.declare()

    with pytest.raises(Misconfigured, match="not been built"):
        sync(unbuilt.settings)


def test_the_warehouse_is_free_while_the_tool_answers(shop: Any) -> None:
    shop.stand.traffic.inject("salesforce", Fault("slow", seconds=2), count=9)
    thread = threading.Thread(target=shop.run)
    thread.start()
    _await(lambda: shop.stand.traffic.requests["salesforce"] > 0)

    with writing_turn(shop.settings, "load", wait_seconds=0.5):
        is_still_sending = thread.is_alive()
    thread.join(60)

    assert is_still_sending
    assert shop.run_sql("select count(*) from ledger.sync_state") == [(10,)]


def test_a_killed_sync_loses_nothing_and_repeats_at_most_a_batch(shop: Any) -> None:
    shop.build(2000)
    slow = Fault("slow", seconds=0.2, path_contains="composite")
    shop.stand.traffic.inject("salesforce", slow, count=1000)
    process = shop.start_cdp("sync")
    _await(lambda: shop.counts("salesforce")["writes"] >= 400)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    shop.stand.traffic.reset()

    rest = shop.run()

    assert rest.created_count < 2000
    counts = shop.counts("salesforce")
    assert counts["distinct_keys"] == 2000
    assert counts["duplicates"] <= 200
    assert shop.run_sql(
        "select count(*), count(distinct record_key) from ledger.sync_state"
    ) == [(2000, 2000)]
    # the run that was killed never ended, and is in the ledger with what it delivered
    runs = shop.run_sql(
        "select ended_at is null, delivered_count from ledger.sync_runs"
        " order by started_at"
    )
    assert [is_killed for is_killed, _ in runs] == [True, False]
    assert sum(delivered for _, delivered in runs) == 2000


def test_a_journal_torn_in_the_middle_of_a_line_counts_whole_lines(shop: Any) -> None:
    folder = shop.settings.data_dir / "sync"
    folder.mkdir()
    run_line = {
        "run_id": "r1",
        "sync_name": "crm",
        "started_at": "2026-10-01T00:00:00.000Z",
        "created_count": 10,
        "updated_count": 0,
        "unchanged_count": 0,
    }
    kept = {"key": "c_1", "hash": 1, "status": "delivered"}
    text = f"{json.dumps(run_line)}\n{json.dumps(kept)}\n" + '{"key":"c_2","sta'
    (folder / "crm.ndjson").write_text(text)

    result = shop.run()

    assert (result.created_count, result.updated_count) == (9, 1)
    assert not (folder / "crm.ndjson").exists()


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
