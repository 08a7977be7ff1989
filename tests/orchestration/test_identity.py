"""Looking a person up, cutting a wrong link, trying a change of rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from cdp.errors import Rejected
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from orchestration.identity.command import outcome_lines, person_lines
from orchestration.identity.cut import SEED, cut_link, cut_pairs, link_between
from orchestration.identity.person import Person, find_person, parse
from orchestration.identity.preview import Limit, preview
from orchestration.identity.preview_report import report_lines
from tests.warehouse.raw_warehouse import PROJECT, make_warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
SEEN = (
    {"anonymous_id": "phone", "user_id": "ann"},
    {"user_id": "ann", "traits": {"email": "ann@x.org"}},
    {"anonymous_id": "laptop", "traits": {"email": "ann@x.org"}},
    {"anonymous_id": "till", "user_id": "ann"},
    {"anonymous_id": "till", "user_id": "bob"},
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("identity")
    warehouse = make_warehouse(folder)
    events = [
        {"message_id": f"m{n}", "type": "identify", "at": START + timedelta(hours=n)}
        | fields
        for n, fields in enumerate(SEEN)
    ]
    warehouse.land(events, START + timedelta(days=1))
    warehouse.dbt("seed", "--select", "identity_*")
    warehouse.dbt("run", "--select", "+customer_identifiers", "identity_refused_edges")
    environment = {"DBT_TARGET_PATH": str(folder / "target")}
    document = yaml.safe_load((PROJECT / "headwater.yml").read_text("utf-8"))
    return Settings(PROJECT, folder, document, environment)


@pytest.fixture(scope="module")
def ann(settings: Settings) -> Person:
    with open_warehouse(settings, "test") as connection:
        return find_person(connection, parse("email:Ann@X.org"))


def test_a_person_has_identifiers_by_age_and_links_with_sources(ann: Person) -> None:
    text = "\n".join(person_lines(ann))
    values = [value for _, value in ann.identifiers]
    assert values == ["phone", "ann", "ann@x.org", "laptop"]
    assert "shared_anonymous_id: has 2 user_id, more than 1" in text
    assert "events" in text


def test_whom_nobody_knows_is_said_to_be_unknown(settings: Settings) -> None:
    with (
        open_warehouse(settings, "test") as connection,
        pytest.raises(Rejected, match="user_id:nobody is not known"),
    ):
        find_person(connection, parse("user_id:nobody"))


def test_only_a_link_itself_can_be_cut(ann: Person) -> None:
    with pytest.raises(Rejected, match=r"phone - user_id:ann - email:ann@x.org"):
        link_between(ann, parse("anonymous_id:phone"), parse("email:ann@x.org"))


def test_a_cut_is_a_row_of_the_seed_and_says_who_comes_out(
    ann: Person, settings: Settings, tmp_path: Path
) -> None:
    workspace = Settings(tmp_path, tmp_path, settings.document, {})
    (tmp_path / "seeds").mkdir()
    (tmp_path / SEED).write_text((PROJECT / SEED).read_text("utf-8"), "utf-8")
    pair = (parse("anonymous_id:laptop"), parse("email:ann@x.org"))
    link = link_between(ann, *pair)
    cut_link(workspace, link, "a friend's")
    assert "anonymous_id,laptop,email,ann@x.org,a friend's" in (
        tmp_path / SEED
    ).read_text("utf-8")
    lines = list(outcome_lines(ann, pair, cut_pairs(workspace)))
    assert lines[0].endswith(f"makes 2 people of {ann.customer_id}:")
    assert len(lines) == 3
    with pytest.raises(Rejected, match="cut already"):
        cut_link(workspace, link, "again")


def test_a_preview_shows_whom_changed_rules_split_and_merge(settings: Settings) -> None:
    cut = (parse("anonymous_id:laptop"), parse("email:ann@x.org"))
    found = preview(settings, [cut], [Limit.parse("anonymous_id:user_id=2")], 3)
    text = "\n".join(report_lines(found))
    assert (found.people_before, found.people_after) == (3, 2)
    assert (found.split_count, found.merged_count) == (1, 1)
    assert "anonymous_id:laptop - email:ann@x.org, cut_by_hand: previewed" in text
    assert "anonymous_id:till - user_id:bob, shared_anonymous_id" in text


def test_a_preview_of_what_nobody_has_is_refused(settings: Settings) -> None:
    with pytest.raises(Rejected, match="'emial' is no kind of identifier"):
        preview(settings, [], [Limit.parse("anonymous_id:emial=2")], 3)
    cut = (parse("anonymous_id:laptop"), parse("email:anne@x.org"))
    with pytest.raises(Rejected, match=r"anne@x\.org is not known"):
        preview(settings, [cut], [], 3)


def test_a_limit_that_says_none_is_refused() -> None:
    with pytest.raises(Rejected, match="is no limit"):
        Limit.parse("anonymous_id=3")
