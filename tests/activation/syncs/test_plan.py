from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from activation.suppression import SuppressionList
from activation.sync import apply_plan, plan_syncs
from activation.sync_command import command
from activation.syncs.preview import Preview, read_preview
from cdp.errors import Misconfigured, Rejected


def made(shop: Any, *show: str) -> Preview:
    (preview,) = plan_syncs(shop.settings, show=show)
    return preview


def test_a_plan_says_what_would_be_sent_and_sends_nothing(shop: Any) -> None:
    shop.run()
    shop.change("customer_id = 'c_3'")
    shop.build_more("c_new")

    preview = made(shop)

    assert {name: count for name, count in preview.counts.items() if count} == {
        "create": 1,
        "update": 1,
        "unchanged": 9,
    }
    assert preview.calls == 1
    assert preview.minutes is not None
    create, update = preview.shown
    assert (create.action, create.record_key) == ("create", "c_new")
    assert json.loads(update.body)["LastName"] == "Roe"
    assert update.changes == {"LastName": ("Doe", "Roe")}
    assert shop.counts("salesforce")["writes"] == 10


def test_any_row_can_be_looked_at(shop: Any) -> None:
    shop.run()
    shop.change("customer_id = 'c_3'")

    shown = made(shop, "c_3", "c_4", "c_99").shown

    assert [one.action for one in shown] == ["update", "unchanged", "absent"]
    assert json.loads(shown[1].body)["Customer_Id__c"] == "c_4"
    assert shown[1].changes == {}


def test_a_plan_says_what_would_not_be_sent_and_why(shop: Any) -> None:
    SuppressionList(shop.settings.data_dir).add("email", "person3@shop.example")

    preview = made(shop)
    (shown,) = made(shop, "c_3").shown
    shop.run()

    assert preview.counts["create"] == 10
    assert preview.unsendable == {"the person is suppressed": 1}
    assert (shown.reason, shown.body) == ("the person is suppressed", "")
    assert made(shop).calls == 0


def test_a_plan_file_holds_no_values_of_records(shop: Any, tmp_path: Path) -> None:
    made(shop, "c_3").write(tmp_path / "plan.json")

    assert "shop.example" not in (tmp_path / "plan.json").read_text()


def test_a_plan_is_applied_as_it_was_made(shop: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    made(shop).write(file)

    result = apply_plan(shop.settings, read_preview(file))

    assert result.delivered_count == 10
    with pytest.raises(Rejected, match="the ledger moved"):
        apply_plan(shop.settings, read_preview(file))


def change_data(shop: Any) -> None:
    shop.change("customer_id = 'c_3'")


def change_mapping(shop: Any) -> None:
    shop.declare(mapping={**shop.mapping, "Title": "last_name"})


def change_guards(shop: Any) -> None:
    shop.declare(guards={})


def deliver(shop: Any) -> None:
    shop.run()


# a changed mapping changes every row's hash as well
MOVES = {
    "the rows": change_data,
    "the rows and the mapping": change_mapping,
    "the mapping": change_guards,
    "the ledger": deliver,
}


@pytest.mark.parametrize("moved", MOVES)
def test_a_plan_is_refused_where_something_moved(shop: Any, moved: str) -> None:
    preview = made(shop)
    MOVES[moved](shop)
    writes = shop.counts("salesforce")["writes"]

    with pytest.raises(Rejected, match=f"^sync crm: {moved} moved"):
        apply_plan(shop.settings, preview)

    assert shop.counts("salesforce")["writes"] == writes


def test_a_plan_of_a_changed_mapping_is_refused_once_it_was_sent(shop: Any) -> None:
    shop.run()  # ten records: an even number
    shop.declare(mapping={**shop.mapping, "Title": {"constant": "Dr"}}, guards={})
    preview = made(shop)
    shop.run()

    with pytest.raises(Rejected, match="the ledger moved"):
        apply_plan(shop.settings, preview)


def test_a_plan_over_a_guard_is_applied_only_with_consent(shop: Any) -> None:
    shop.run()
    shop.change("order_count < 6")
    preview = made(shop)

    held = apply_plan(shop.settings, preview)
    sent = apply_plan(shop.settings, preview, has_consent=True)

    assert preview.breaches == (
        "60% of the delivered records would change (max_changed_share 50%)",
    )
    assert held.is_held
    assert sent.delivered_count == 6


def test_what_is_no_plan_says_so(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")

    with pytest.raises(Misconfigured, match="no plan"):
        read_preview(tmp_path / "plan.json")


def invoke(shop: Any, monkeypatch: Any, *arguments: str) -> Result:
    for name, value in {**os.environ, **shop.environment}.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(command, arguments)


def test_plan_and_apply_at_the_terminal(shop: Any, monkeypatch: Any) -> None:
    planned = invoke(shop, monkeypatch, "plan", "crm")
    file = planned.output.split("plan: ")[1].strip()
    applied = invoke(shop, monkeypatch, "apply", file)
    again = invoke(shop, monkeypatch, "crm")

    assert planned.output.startswith("crm: 10 create\n")
    assert "requests: 1\n" in planned.output
    assert "10 delivered" in applied.output
    assert again.output == "crm: 0 new, 0 changed, 10 unchanged; 0 delivered\n"
    assert again.exit_code == 0


def test_an_edit_that_dbt_has_not_read_is_told(
    shop: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    declared = tmp_path / "exports.yml"
    declared.write_text("exposures: []\n")
    target = shop.settings.dbt_target_dir / "manifest.json"
    manifest = json.loads(target.read_text())
    manifest["exposures"]["exposure.h.crm"]["original_file_path"] = str(declared)
    target.write_text(json.dumps(manifest))
    read_at = target.stat().st_mtime
    said = "exports.yml has changed since dbt read it"

    os.utime(declared, (read_at + 1, read_at + 1))
    for arguments in (["plan", "crm"], ["crm"]):
        assert said in invoke(shop, monkeypatch, *arguments).output
    os.utime(declared, (read_at - 1, read_at - 1))
    assert said not in invoke(shop, monkeypatch, "plan", "crm").output


def test_a_guard_ends_a_run_at_the_terminal(shop: Any, monkeypatch: Any) -> None:
    shop.run()
    shop.change("order_count < 6")

    ran = invoke(shop, monkeypatch, "crm")

    assert "held, because 60%" in ran.output
    assert str(ran.exception).startswith("a guard stops crm.")
    assert isinstance(ran.exception, Rejected)


def test_a_guard_ends_a_plan_at_the_terminal(shop: Any, monkeypatch: Any) -> None:
    shop.run()
    shop.change("order_count < 6")

    planned = invoke(shop, monkeypatch, "plan")

    assert "STOPS: 60%" in planned.output
    assert isinstance(planned.exception, Rejected)
