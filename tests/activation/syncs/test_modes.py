from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activation.sync import plan_syncs, sync
from activation.sync_result import SyncResult
from cdp.errors import Misconfigured


class Hook:
    """The shop's sync, to a webhook that records what it gets."""

    def __init__(self, shop: Any, tool: Any) -> None:
        self.shop, self.tool = shop, tool
        section = {"kind": "webhook", "url": tool.url, "allow_private": True}
        document = {**shop.settings.document, "destinations": {"hook": section}}
        self.settings = replace(shop.settings, document=document)

    def declare(self, **meta: Any) -> None:
        mapping = {"id": "customer_id", "name": "last_name"}
        usual = {"destination": "hook", "guards": {}, "external_id_field": "id"}
        self.shop.declare(**({"mapping": mapping} | usual | meta))

    def run(self, **options: Any) -> SyncResult:
        (result,) = sync(self.settings, **options)
        return result

    def sent(self) -> list[tuple[str, str]]:
        """Action and key of what came since the last look."""
        found = sorted((one.json["action"], one.json["key"]) for one in self.tool.seen)
        self.tool.seen.clear()
        return found

    def bodies(self) -> dict[str, Any]:
        found = {one.json["key"]: one.json["record"] for one in self.tool.seen}
        self.tool.seen.clear()
        return found


@pytest.fixture
def hook(shop: Any, tool: Any) -> Hook:
    shop.build(4)
    made = Hook(shop, tool)
    made.declare()
    return made


# what is sent first, and after c_1 changed, c_2 left and c_4 came
ALL = [("upsert", f"c_{number}") for number in range(4)]
CHANGED, CAME, LEFT = ("upsert", "c_1"), ("upsert", "c_4"), ("delete", "c_2")
MODES = {
    "upsert": (ALL, [CHANGED, CAME]),
    "insert": (ALL, [CAME]),
    "mirror": (ALL, [LEFT, CHANGED, CAME]),
    "append": (ALL, [CHANGED, CAME]),
    "delete": ([("delete", key) for _, key in ALL], [("delete", "c_4")]),
    "update_only": ([], []),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_creates_changes_and_deletes_what_it_says(hook: Hook, mode: str) -> None:
    hook.declare(mode=mode)
    hook.run()
    first = hook.sent()
    hook.shop.build(5)
    hook.shop.change("customer_id = 'c_1'")
    hook.shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")
    hook.run()
    second = hook.sent()
    hook.run()

    assert (first, second) == MODES[mode]
    assert hook.sent() == []


def test_update_only_changes_what_another_sync_created(hook: Hook) -> None:
    hook.run()
    hook.sent()
    hook.shop.run_sql("update ledger.sync_state set sync_name = 'other'")
    hook.shop.run_sql("update ledger.sync_objects set sync_name = 'other'")
    hook.shop.build(6)
    hook.declare(mode="update_only")

    result = hook.run()

    assert hook.sent() == ALL
    assert (result.updated_count, result.created_count) == (4, 0)


def test_a_mirror_deletes_with_what_it_delivered(hook: Hook) -> None:
    hook.declare(mode="mirror")
    hook.run()
    hook.shop.change("customer_id = 'c_2'", "last_name = 'Changed'")
    hook.shop.run_sql("delete from activation.crm_contacts where order_count = 2")
    hook.sent()
    hook.run()

    assert hook.bodies() == {"c_2": {"id": "c_2", "name": "Doe"}}
    assert hook.shop.run_sql(
        "select count(*) from ledger.sync_state where record_key = 'c_2'"
    ) == [(0,)]


def test_a_receiver_is_told_the_syncs_own_key_where_no_field_is_named(
    hook: Hook,
) -> None:
    hook.declare(mode="mirror", external_id_field="", mapping={"name": "last_name"})
    hook.run()
    first = hook.sent()
    hook.shop.change("customer_id = 'c_1'")
    # its fields are those of others: it is a record of its own all the same
    hook.shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")
    (preview,) = plan_syncs(hook.settings)
    hook.run()

    assert first == ALL
    assert (preview.counts["delete"], preview.counts["gone"]) == (1, 0)
    assert [json.loads(one.body)["key"] for one in preview.shown] == ["c_1", "c_2"]
    assert hook.sent() == [LEFT, CHANGED]


def test_files_bear_the_syncs_own_key_where_no_field_is_named(
    hook: Hook, tmp_path: Path
) -> None:
    lake = {"kind": "object_storage", "url": str(tmp_path / "lake")}
    document = {**hook.settings.document, "destinations": {"lake": lake}}
    hook.settings = replace(hook.settings, document=document)
    hook.declare(
        destination="lake", object="people", mode="mirror", external_id_field=""
    )
    hook.run()
    hook.shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")
    hook.run()

    lines = [
        json.loads(line)
        for file in (tmp_path / "lake").rglob("*.ndjson.gz")
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    assert sorted((one["action"], one["key"]) for one in lines) == [LEFT, *ALL]


def test_a_mirror_keeps_what_it_did_not_send_and_rows_that_share_a_key(
    hook: Hook,
) -> None:
    hook.declare(mode="mirror")
    hook.run()
    hook.sent()
    hook.shop.run_sql(
        "insert into activation.crm_contacts"
        " select * replace ('Roe' as last_name) from activation.crm_contacts"
        " where customer_id = 'c_1'",
        "delete from activation.crm_contacts where customer_id = 'c_3'",
    )

    result = hook.run()

    assert hook.sent() == [("delete", "c_3")]
    assert result.rejected_count == 1


def test_one_that_returns_is_deleted_again(hook: Hook) -> None:
    hook.declare(mode="delete")
    hook.run()
    hook.shop.build(3)
    hook.run()
    hook.sent()
    hook.shop.build(4)
    hook.run()

    assert hook.sent() == [("delete", "c_3")]


@pytest.mark.parametrize("mode", ["mirror", "delete", "append"])
def test_what_a_tool_cannot_do_is_told_before_anything_is_sent(
    shop: Any, mode: str
) -> None:
    shop.declare(mode=mode)

    with pytest.raises(Misconfigured, match=mode):
        plan_syncs(shop.settings)

    assert shop.counts("salesforce")["writes"] == 0


def gone_all(hook: Hook) -> None:
    hook.shop.run_sql("delete from activation.crm_contacts where order_count > 1")


def changed_most(hook: Hook) -> None:
    hook.shop.change("order_count < 3")


def grown(hook: Hook) -> None:
    hook.shop.build(9)


GUARDS: dict[str, tuple[dict[str, Any], Callable[[Hook], None], str]] = {
    "deleted": ({"max_deleted_share": 0.2}, gone_all, "50% .* deleted"),
    "changed": ({"max_changed_share": 0.5}, changed_most, "75% .* change"),
    "rows": ({"max_rows": 4}, grown, "5 records"),
    "shrunk": ({"min_rows": 3}, gone_all, "has 2 rows"),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_stops_until_a_person_agrees(hook: Hook, guard: str) -> None:
    guards, change, reason = GUARDS[guard]
    hook.declare(mode="mirror", guards=guards)
    hook.run(has_consent=True)
    hook.sent()
    change(hook)

    held = hook.run()

    assert held.is_held
    assert re.search(reason, held.summary)
    assert hook.sent() == []
    assert hook.run(has_consent=True).delivered_count > 0


def test_a_first_run_of_deletions_asks_where_their_share_is_guarded(
    hook: Hook,
) -> None:
    hook.declare(mode="delete", guards={"max_deleted_share": 0.1})

    (preview,) = plan_syncs(hook.settings)
    held = hook.run()

    reason = (
        "4 records would be deleted, and of what share cannot be told, as nothing was"
        " delivered before (max_deleted_share 10%)"
    )
    assert preview.breaches == held.held_because == (reason,)
    assert hook.sent() == []
    assert hook.run(has_consent=True).delivered_count == 4
    assert not hook.run().is_held


def test_an_empty_model_deletes_nothing_until_a_person_agrees(hook: Hook) -> None:
    hook.declare(mode="mirror", guards={})
    hook.run()
    hook.sent()
    hook.shop.run_sql("delete from activation.crm_contacts")

    held = hook.run()

    assert held.held_because == ("the model is empty: 4 records would be deleted",)
    assert hook.sent() == []
    assert hook.run(has_consent=True).deleted_count == 4


def test_what_an_earlier_version_delivered_is_still_known(hook: Hook) -> None:
    hook.declare(mode="mirror")
    hook.run()
    hook.sent()
    hook.shop.run_sql("alter table ledger.sync_state drop column key_hash")
    hook.shop.change("customer_id = 'c_1'")
    hook.shop.run_sql("delete from activation.crm_contacts where customer_id = 'c_2'")

    result = hook.run()

    assert (result.created_count, result.updated_count) == (0, 1)
    assert hook.sent() == [LEFT, CHANGED]
