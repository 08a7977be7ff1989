"""The steps of the path, in the order in which data takes them."""

from __future__ import annotations

import hashlib

from cdp.settings import STAGES, Settings
from orchestration import fingerprints
from orchestration.dbt_build import run_dbt
from orchestration.state import last_inputs
from orchestration.step import Outcome, Progress, Step

_SCORES = ("churn", "churn_evaluations", "recommendations")
# a unit test is of code, whatever the data: it runs where code changes
_BUILD = ("build", "--exclude-resource-type", "unit_test")


def steps_for(settings: Settings) -> list[Step]:
    """Return the steps that the workspace's stage has."""
    reached = STAGES.index(settings.stage)
    return [step for step in STEPS if STAGES.index(step.stage) <= reached]


def _forward(settings: Settings, progress: Progress) -> Outcome:
    from activation.forward import forward_once  # noqa: PLC0415 - a stage at a time

    result = forward_once(settings, progress=progress)
    return Outcome(
        result.delivered,
        "events delivered live",
        "raw_events.deliveries (after the next load)",
        result.notes,
    )


def _load(settings: Settings, progress: Progress) -> Outcome:
    from ingestion.empty_tables import make_empty_tables  # noqa: PLC0415
    from ingestion.load import load  # noqa: PLC0415
    from ingestion.load_result import raise_for_failed  # noqa: PLC0415
    from ingestion.reconciliation.daily import reconcile_daily  # noqa: PLC0415

    names = ["events"] if settings.stage == "starter" else ["all"]
    results = load(settings, names, progress=progress)
    raise_for_failed(results)
    make_empty_tables(settings)
    notes = [f"{result.source}: {result.rows:,} rows" for result in results]
    if settings.stage != "starter":
        notes += reconcile_daily(settings, progress)
    return Outcome(
        sum(result.rows for result in results),
        "rows loaded",
        "schemas raw_*, var/data_docs/index.html",
        tuple(notes),
    )


def _build(settings: Settings, progress: Progress) -> Outcome:
    result = run_dbt(settings, (*_BUILD, "--selector", settings.stage), progress)
    return Outcome(
        result.finished, "models and tests", "schema marts; dbt docs generate"
    )


def _build_inputs(settings: Settings) -> str:
    return _joined(
        fingerprints.of_raw_data(settings),
        fingerprints.of_files(settings.project_dir, fingerprints.CODE_OF_MODELS),
        fingerprints.of_today(settings),
        settings.stage,
    )


def _attribute(settings: Settings, progress: Progress) -> Outcome:
    from ml import attribution  # noqa: PLC0415

    progress("paths to conversions", 0, 0)
    learned = attribution.learn(settings)
    return Outcome(
        learned.row_count,
        "weights of channels learned",
        "predictions.attribution_weights, cdp attribution",
        (learned.summary,),
    )


def _attribute_inputs(settings: Settings) -> str:
    return _joined(
        last_inputs(settings).get("build", ""),
        fingerprints.of_files(settings.project_dir, ("ml/attribution",)),
    )


def _score(settings: Settings, progress: Progress) -> Outcome:
    from ml import churn, recommendations  # noqa: PLC0415

    progress("churn", 0, 2)
    evaluation = churn.train(settings)
    progress("recommendations", 1, 2)
    written = recommendations.write(settings)
    return Outcome(
        evaluation.scored_count + written,
        "predictions written",
        "schema predictions",
        (evaluation.summary,),
    )


def _score_inputs(settings: Settings) -> str:
    return _joined(
        last_inputs(settings).get("build", ""),
        fingerprints.of_files(settings.project_dir, ("ml",)),
    )


def _build_scores(settings: Settings, progress: Progress) -> Outcome:
    is_scored = STAGES.index(settings.stage) >= STAGES.index("ml")
    tables = ("attribution_weights", *(_SCORES if is_scored else ()))
    read = (f"source:predictions.{table}+" for table in tables)
    result = run_dbt(settings, (*_BUILD, "--select", *read), progress)
    look = "customers_likely_to_churn" if is_scored else "attribution_credits"
    return Outcome(result.finished, "models and tests", look)


def _build_scores_inputs(settings: Settings) -> str:
    remembered = last_inputs(settings)
    return _joined(*(remembered.get(name, "") for name in ("attribute", "score")))


def _sync(settings: Settings, progress: Progress) -> Outcome:
    from activation.sync import sync  # noqa: PLC0415

    results = sync(settings, progress=progress)
    return Outcome(
        sum(result.delivered_count for result in results),
        "rows sent to tools",
        "ledger.sync_runs, ledger.sync_outcomes",
        tuple(result.summary for result in results),
    )


def _build_syncs(settings: Settings, progress: Progress) -> Outcome:
    result = run_dbt(settings, (*_BUILD, "--select", "source:ledger+"), progress)
    return Outcome(result.finished, "models and tests", "sync_runs, sync_records")


def _publish(settings: Settings, progress: Progress) -> Outcome:
    from activation.online.publish import publish  # noqa: PLC0415

    progress("online store", 0, 0)
    result = publish(settings)
    return Outcome(result.written, "keys published", "cdp serve")


def _snapshot(settings: Settings, progress: Progress) -> Outcome:
    from cdp.warehouse import publish_snapshot  # noqa: PLC0415

    progress("copy", 0, 0)
    copy = publish_snapshot(settings)
    return Outcome(
        copy.stat().st_size // 1_000_000, "MB published for readers", "cdp status"
    )


def _snapshot_inputs(settings: Settings) -> str:
    remembered = last_inputs(settings)
    builds = ("build", "build_scores", "build_syncs")
    return _joined(*(remembered.get(name, "") for name in builds))


def _joined(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


STEPS = (
    Step("forward", "Deliver events live", _forward),
    Step("load", "Load events and tools", _load),
    Step("build", "Build profiles and traits", _build, _build_inputs),
    Step("attribute", "Attribute conversions", _attribute, _attribute_inputs, "growth"),
    Step("score", "Score churn, recommend", _score, _score_inputs, "ml"),
    Step(
        "build_scores",
        "Join scores to customers",
        _build_scores,
        _build_scores_inputs,
        "growth",
    ),
    Step("sync", "Sync tools", _sync, stage="growth"),
    Step(
        "build_syncs",
        "Join what was sent",
        _build_syncs,
        fingerprints.of_ledger,
        "growth",
    ),
    Step("publish", "Publish to the online store", _publish, stage="real_time"),
    Step("snapshot", "Publish a snapshot", _snapshot, _snapshot_inputs),
)
