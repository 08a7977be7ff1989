from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp.errors import Misconfigured, Rejected
from cdp.settings import Settings
from cdp.warehouse import open_warehouse, publish_snapshot
from orchestration.computed_traits import describe_computed_traits
from orchestration.lineage.personal import masked
from orchestration.traits import describe_traits
from tests.warehouse.raw_warehouse import PROJECT

TABLES = """
    create schema marts; create schema intermediate;
    create table marts.customer_identifiers as
        select 'c_1' as customer_id, 'email' as identifier_type,
            'ann@x.example' as identifier_value;
    create table marts.customer_traits as
        select 'c_1' as customer_id, 'email' as trait_name,
            'ann@x.example' as trait_value, 'account' as source_name,
            timestamp '2026-01-02' as observed_at,
            'account (priority 7) is trusted most' as precedence_rule;
    create table intermediate.int_traits_compared as
        select 'c_1' as customer_id, 'email' as trait_name, 'crm' as source_name,
            'old@x.example' as stated_value, false as is_as_chosen,
            timestamp '2026-01-01' as stated_at;
    create table marts.trait_disagreements as from intermediate.int_traits_compared;
    create table marts.trait_disagreement_summary as
        select 'email' as trait_name, 'crm' as source_name, 8 as customer_count,
            1 as disagreeing_customer_count, 0.125 as disagreeing_share;
    create table marts.trait_deliveries as
        select 'c_1' as customer_id, 'email' as trait_name, 'mail' as sync_name,
            'email' as destination_field_name, 'ann@x.example' as delivered_value,
            null::varchar as tool_value, 'delivered' as delivery_state,
            timestamp '2026-01-03' as delivered_at;
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(made, "test") as connection:
        connection.execute(TABLES)
    publish_snapshot(made)
    return made


def said(settings: Settings, customer: str = "", trait: str = "") -> str:
    return "\n".join(describe_traits(settings, customer, trait, 5, masked))


def test_all_customers_are_counted_and_the_disputes_shown(settings: Settings) -> None:
    report = said(settings)
    assert "email  crm             8            1  12.5 %" in report
    assert "mail  email  delivered          1" in report
    assert "no      2026-01-01 00:00:00" in report
    assert "@x.example" not in report


def test_one_customer_is_shown_with_the_rule_that_chose_each_value(
    settings: Settings,
) -> None:
    report = said(settings, "email:ann@x.example")
    assert report.startswith("customer c_1")
    assert "account (priority 7) is trusted most" in report
    assert "mail.email" in report
    assert "@x.example" not in report


def test_an_unknown_trait_is_refused_with_those_that_there_are(
    settings: Settings,
) -> None:
    with pytest.raises(Rejected, match="no source has stated a trait 'emial'") as met:
        said(settings, trait="emial")
    assert "Did you mean email? Stated are email;" in str(met.value.fix)
    with pytest.raises(Rejected, match="'shoe_size'"):
        said(settings, "email:ann@x.example", trait="shoe_size")


def test_a_trait_without_disputes_leaves_sentences(settings: Settings) -> None:
    with open_warehouse(settings, "test") as connection:
        connection.execute(
            "insert into marts.customer_traits"
            " values ('c_1', 'city', 'Leeds', 'crm', null, 'only crm says this')"
        )
    publish_snapshot(settings)
    report = said(settings, trait="city")
    assert "no tool contradicts another" in report
    assert "nothing has been sent" in report


def test_a_stranger_is_refused(settings: Settings) -> None:
    with pytest.raises(Rejected, match="nobody has this identifier"):
        said(settings, "email:bob@x.example")


def test_models_that_are_not_built_are_said(tmp_path: Path) -> None:
    made = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(made, "test") as connection:
        connection.execute("create schema marts")
    publish_snapshot(made)
    with pytest.raises(Misconfigured, match="have not been built"):
        said(made)
    with pytest.raises(Misconfigured, match="identity has not been built"):
        said(made, "ann@example.com")


def test_a_computed_trait_has_an_owner_a_window_and_says_of_whom_it_is_known(
    settings: Settings,
) -> None:
    with pytest.raises(Misconfigured, match="dbt has not been run"):
        list(describe_computed_traits(settings, ""))
    columns = {
        "score": _column("score", {"owner": "Product", "window": "last 30 days"}),
        "note": _column("note", {}),
    }
    model = {"name": "scores", "schema": "marts", "resource_type": "model"}
    nodes = {"model.shop.scores": model | {"columns": columns}}
    target = settings.dbt_target_dir
    target.mkdir()
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    with open_warehouse(settings, "test") as connection:
        connection.execute(
            "create table marts.scores as"
            " from (values (1, 'a'), (null, 'b')) as scores(score, note)"
        )
    publish_snapshot(settings)
    [_, *rows] = describe_computed_traits(settings, "score")
    assert rows == [
        "score  scores  Product  last 30 days  50% of 2",
        "",
        "What score is.",
    ]
    with pytest.raises(Rejected, match="'score' is computed") as met:
        said(settings, trait="score")
    assert "`cdp traits --computed --trait score`" in str(met.value.fix)
    with pytest.raises(Rejected, match="'note' is no computed trait"):
        list(describe_computed_traits(settings, "note"))


def _column(name: str, meta: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"What {name} is.",
        "config": {"meta": meta},
    }


def test_every_trait_of_the_mart_says_whose_it_is_and_over_which_window() -> None:
    file = PROJECT / "models/marts/customers/_computed_traits__models.yml"
    [mart] = yaml.safe_load(file.read_text("utf-8"))["models"]
    traits = mart["columns"][1:]
    assert len(traits) > 10
    for trait in traits:
        meta = trait["config"]["meta"]
        assert meta["owner"], trait["name"]
        assert meta["window"], trait["name"]
