"""The whole path, as a newcomer runs it, on a small shop."""

from __future__ import annotations

import csv
import json
import re
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from sandbox.tools.in_thread import serving
from tests.end_to_end.conftest import PROJECT, Workspace, exported
from tests.end_to_end.scorecard_queries import BY_HAND, BY_MONTH, METRICS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
DEMO = ("cdp", "demo", "--customers", "200", "--days", "365")
SKIPPED_THE_SECOND_TIME = (
    "Live a year of a shop",
    "Send its events by SDK",
    "Build profiles and traits",
    "Attribute conversions",
    "Score churn, recommend",
    "Join scores to customers",
    "Publish a snapshot",
)


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Workspace, str]:
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    return workspace, workspace.run(*DEMO)


def test_the_demo_answers_every_question_of_the_guide(
    first: tuple[Workspace, str],
) -> None:
    _, said = first
    for number in ("S-2", "G-1", "G-15", "G-20", "ML-14", "RT-7"):
        question = said.split(f"({number})")[1].splitlines()
        assert len(question) > 2, said
    for number in ("S-2", "G-1", "G-15", "RT-7"):
        assert "no rows" not in said.split(f"({number})")[1].splitlines()[1]


def test_every_event_that_was_sent_is_in_the_warehouse_or_in_quarantine(
    first: tuple[Workspace, str],
) -> None:
    workspace, said = first
    sent = int(re.search(r"([\d,]+) events sent by SDK", said)[1].replace(",", ""))  # type: ignore[index]
    accepted = workspace.value("select count(*) from raw_events.events")
    quarantined = workspace.value("select count(*) from raw_events.quarantine")
    assert accepted + quarantined == sent
    distinct = workspace.value(
        "select count(distinct message_id) from raw_events.events"
    )
    resolved = workspace.value("select count(*) from intermediate.int_events_resolved")
    assert resolved == distinct
    assert accepted > distinct  # the shop sends some messages twice


def test_quarantine_holds_what_the_truth_says_was_spoiled(
    first: tuple[Workspace, str],
) -> None:
    workspace, _ = first
    truth = workspace.data_dir / "sandbox" / "truth" / "dirty.parquet"
    spoiled = dict(
        workspace.rows(
            "select expected_reason, count(*) from read_parquet(?)"
            " where expected_reason is not null group by 1",
            [str(truth)],
        )
    )
    found = dict(
        workspace.rows("select reason, count(*) from raw_events.quarantine group by 1")
    )
    assert found == spoiled


def test_orders_and_charges_agree_to_the_cent(first: tuple[Workspace, str]) -> None:
    workspace, _ = first
    orders = workspace.value("select sum(order_amount) from marts.orders")
    charges = workspace.value(
        "select sum(charge_amount) from staging.stg_stripe__charges"
        " where charge_status = 'succeeded'"
    )
    assert orders == charges


def test_people_are_told_apart_and_put_together(first: tuple[Workspace, str]) -> None:
    _, said = first
    found = re.search(r"precision ([\d.]+), recall ([\d.]+)", said)
    assert found is not None
    assert float(found[1]) >= 0.99
    assert float(found[2]) >= 0.80


SALES = {
    "qualified": "select count(*), count(distinct customer_id)"
    " from activation.qualified_leads",
    "conversions": "select converted_at from intermediate.int_conversions_combined"
    " where conversion_type = 'qualified_lead' order by converted_at",
    "touches": "select touch_name, occurred_at from marts.touches"
    " where touch_name like 'opportunity %' order by all",
    "stages": "select opportunity_amount, entered_at, left_at"
    " from marts.opportunity_stages order by all",
}


def test_hubspot_alone_gives_the_answers_that_salesforce_gives(
    first: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace, _ = first
    shutil.copy(workspace.data_dir / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        for name in ("lead", "account", "opportunity", "opportunity_history", "task"):
            connection.execute(f"delete from raw_salesforce.{name}")  # noqa: S608
    alone = Workspace(tmp_path)
    asked = ("+qualified_leads", "+touches", "+opportunity_stages")
    alone.run("dbt", "run", "--select", *asked, "+int_conversions_combined")
    assert alone.value("select min(crm_name) from marts.leads") == "hubspot"
    assert workspace.value("select max(crm_name) from marts.leads") == "salesforce"
    for name, query in SALES.items():
        found = alone.rows(query)
        assert found == workspace.rows(query), name
        assert found[0][0]


def test_the_second_run_has_nothing_to_do_and_sends_nothing_twice(
    first: tuple[Workspace, str],
) -> None:
    workspace, _ = first
    before = _counts(workspace)
    said = workspace.run(*DEMO)
    for title in SKIPPED_THE_SECOND_TIME:
        assert re.search(rf"✓ {title} +nothing new", said), said
    assert re.search(r" 0 events delivered live", said)
    assert re.search(r" 0 rows sent to tools", said)
    assert re.search(r" 0 keys published", said)
    after = _counts(workspace)
    assert after == before
    delivered = workspace.value(
        "select count(distinct message_id) from raw_events.deliveries"
        " where status = 'delivered'"
    )
    assert after["mixpanel"]["distinct_keys"] == delivered


@pytest.fixture(scope="module")
def documented(first: tuple[Workspace, str]) -> Workspace:
    """The demo's workspace with dbt's own docs of it."""
    workspace, _ = first
    workspace.run("dbt", "docs", "generate", "--static", **_variables(workspace))
    return workspace


def test_the_tools_own_commands_work_on_what_the_demo_left(
    documented: Workspace,
) -> None:
    status = documented.run("cdp", "status")
    assert "customers" in status
    assert "not yet" not in status
    untested = ("--exclude", "test_type:unit")
    select = ("--select", "marts.customers+", *untested)
    built = documented.run("dbt", "build", *select, **_variables(documented))
    assert "Completed successfully" in built
    page = (documented.data_dir / "target" / "static_index.html").read_text()
    assert "salesforce_contacts" in page


def test_every_model_does_what_its_unit_tests_say(
    first: tuple[Workspace, str],
) -> None:
    workspace, _ = first
    select = ("--select", "test_type:unit")
    said = workspace.run("dbt", "test", *select, **_variables(workspace))
    assert "Completed successfully" in said


def test_the_project_keeps_its_own_rules(documented: Workspace) -> None:
    rules = (PROJECT / "dbt-bouncer.yml").read_text()
    own = documented.data_dir / "dbt-bouncer.yml"
    target = f"dbt_artifacts_dir: {documented.data_dir / 'target'}"
    own.write_text(rules.replace("dbt_artifacts_dir: target", target))
    documented.run("dbt-bouncer", "run", "--config-file", str(own))


def _variables(workspace: Workspace) -> Mapping[str, str]:
    return exported(workspace.data_dir / "sandbox" / "demo.env")


def _counts(workspace: Workspace) -> dict[str, dict[str, int]]:
    """Return, by tool, what it was sent so far; kept in its own store."""
    store = Path(workspace.data_dir / "sandbox" / "tools.sqlite")
    with serving(store) as (_, port):
        address = f"http://127.0.0.1:{port}/_control/counts"
        with urllib.request.urlopen(address) as answer:
            counts = json.loads(answer.read())
    return {
        tool: {name: numbers[name] for name in ("distinct_keys", "duplicates")}
        for tool, numbers in counts.items()
        if "distinct_keys" in numbers
    }


@pytest.mark.parametrize("period", ["last_week", "last_month", "year_to_date"])
def test_the_scorecard_says_what_queries_by_hand_say(
    first: tuple[Workspace, str], period: str
) -> None:
    workspace, _ = first
    columns = "metric_name, metric_value, period_started_at, period_ended_at"
    rows = workspace.rows(
        f"select {columns} from marts.executive_scorecard"  # noqa: S608
        " where period_name = ?",
        [period],
    )
    said = {name: value for name, value, _, _ in rows}
    bounds = {"started": rows[0][2], "ended": rows[0][3]}
    for name, query in BY_HAND.items():
        [(by_hand,)] = workspace.rows(query, bounds)
        asked, shown = (
            None if number is None else float(number)
            for number in (by_hand, said[name])
        )
        assert shown == pytest.approx(asked, abs=1e-4), name
    assert float(said["visitors"]) > 0


def test_the_metrics_say_what_a_query_by_hand_says(
    first: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace, _ = first
    # MetricFlow opens the file for writing
    shutil.copy(workspace.data_dir / "warehouse.duckdb", tmp_path)
    # and reads what dbt left in the project's own target, wherever that went
    project = tmp_path / "project"
    project.mkdir()
    for part in PROJECT.iterdir():
        if part.name != "target":
            (project / part.name).symlink_to(part)
    (project / "target").symlink_to(workspace.data_dir / "target")
    asked = ("--metrics", ",".join(METRICS), "--group-by", "metric_time__month")
    file = tmp_path / "found.csv"
    command = ("mf", "query", *asked, "--quiet", "--csv", str(file))
    workspace.run(*command, folder=project, CDP_DATA_DIR=str(tmp_path))
    with file.open() as lines:
        found = {
            (row["metric_time__month"][:7], name): float(row[name])
            for row in csv.DictReader(lines)
            for name in METRICS
            if row[name]
        }
    by_hand = {(month, name): float(v) for month, name, v in workspace.rows(BY_MONTH)}
    assert len(by_hand) > len(METRICS)
    assert found == pytest.approx(by_hand)
