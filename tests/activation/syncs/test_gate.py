from __future__ import annotations

import json
from typing import Any

import pytest

from activation.syncs.gate import remember_results

# dbt's results of the model and of its tests: why the sync is withheld
CASES: dict[str, tuple[str, dict[str, str], str]] = {
    "all passed": ("success", {"unique_id": "pass", "not_null_id": "pass"}, ""),
    "a warning": ("success", {"unique_id": "warn"}, ""),
    "a model that failed": ("error", {}, "could not build crm_contacts"),
    "a model that was skipped": ("skipped", {}, "could not build crm_contacts"),
    "a test that failed": (
        "success",
        {"not_null_id": "pass", "unique_id": "fail"},
        "test unique_id did not pass",
    ),
    "a test that broke": ("success", {"unique_id": "error"}, "did not pass (error)"),
    "a test that did not run": ("success", {"unique_id": "missing"}, "has not run"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_sync_runs_only_on_models_whose_tests_passed(shop: Any, case: str) -> None:
    status, tests, reason = CASES[case]
    shop.has_built(status, **tests)

    result = shop.run()

    assert reason in result.withheld_because
    assert bool(result.withheld_because) == bool(reason)
    assert result.delivered_count == (0 if reason else 10)


def test_a_person_may_send_all_the_same(shop: Any) -> None:
    shop.has_built("error")

    assert shop.run(is_untested=True).delivered_count == 10


def test_a_model_that_dbt_never_built_is_withheld(shop: Any) -> None:
    (shop.settings.dbt_target_dir / "run_results.json").unlink()

    result = shop.run()

    assert result.summary == ("crm: withheld, because dbt has not built crm_contacts")


def test_a_later_build_of_another_part_forgets_nothing(shop: Any) -> None:
    remember_results(shop.settings)
    file = shop.settings.dbt_target_dir / "run_results.json"
    results = json.loads(file.read_text())
    results["metadata"]["generated_at"] = "2999-01-01T00:00:00"
    results["results"] = [{"unique_id": "model.h.other", "status": "success"}]
    file.write_text(json.dumps(results))

    assert shop.run().delivered_count == 10


def test_a_model_that_changed_since_it_was_built_is_withheld(shop: Any) -> None:
    remember_results(shop.settings)
    file = shop.settings.dbt_target_dir / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["nodes"]["model.h.crm_contacts"]["checksum"] = {"checksum": "new"}
    file.write_text(json.dumps(manifest))

    assert "has changed since" in shop.run().withheld_because


def test_compiling_is_not_building(shop: Any) -> None:
    file = shop.settings.dbt_target_dir / "run_results.json"
    results = json.loads(file.read_text())
    file.write_text(json.dumps(results | {"args": {"which": "compile"}}))

    assert shop.run().withheld_because
