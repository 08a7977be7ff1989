"""What holds for both advertising platforms, each against its running stand-in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from cdp.errors import CdpError, Misconfigured, Rejected
from ingestion.reconciliation.checks import reconcile
from sandbox.tools.traffic import Fault

TODAY = datetime.now(UTC).date()
DAYS, ADS = 100, 3


def google_row(ad: int, day: date, clicks: int = 5) -> dict[str, Any]:
    metrics = {"costMicros": str(clicks * 610_000), "clicks": str(clicks)}
    metrics |= {"impressions": "100", "conversions": 1 / 3, "conversionsValue": 9.5}
    return {
        "customer": {"id": "1234567890", "currencyCode": "USD"},
        "campaign": {"id": "77", "name": "brand", "advertisingChannelType": "SEARCH"},
        "adGroup": {"id": "88", "name": "brand words"},
        "adGroupAd": {"ad": {"id": str(ad), "name": f"Ad {ad}"}, "status": "ENABLED"},
        "segments": {"date": day.isoformat()},
        "metrics": metrics,
    }


def meta_row(ad: int, day: date, clicks: int = 5) -> dict[str, Any]:
    bought = [{"action_type": "purchase", "value": "2"}]
    same = [{"action_type": "omni_purchase", "value": "2"}]
    return {
        "account_currency": "USD",
        "campaign_id": "77",
        "campaign_name": "prospects",
        "adset_name": "all",
        "ad_id": str(ad),
        "ad_name": f"Ad {ad}",
        "spend": f"{clicks * 0.61:.2f}",
        "impressions": "100",
        "inline_link_clicks": str(clicks),
        "actions": bought + same,
        "date_start": day.isoformat(),
        "date_stop": day.isoformat(),
    }


@dataclass(frozen=True)
class Platform:
    kind: str
    tool: str
    make: Any
    day: str
    clicks: str
    token: str

    @property
    def field(self) -> str:
        """The clicks, as the platform names them."""
        return "inline_link_clicks" if self.tool == "meta" else "clicks"

    @property
    def table(self) -> str:
        return f"raw_{self.kind}.ad_days"


PLATFORMS = [
    Platform(
        "google_ads", "google_ads", google_row, "date", "clicks",
        "GOOGLE_ADS_REFRESH_TOKEN",
    ),
    Platform(
        "meta_ads", "meta", meta_row, "date_start", "inline_link_clicks",
        "META_ACCESS_TOKEN",
    ),
]  # fmt: skip


@pytest.fixture(params=PLATFORMS, ids=lambda platform: platform.kind)
def platform(request) -> Platform:
    return request.param


def put(workspace, platform, *rows: tuple[int, int, int]) -> None:
    """Put rows of ad, days ago, clicks."""
    documents = []
    for ad, days_ago, clicks in rows:
        day = TODAY - timedelta(days=days_ago)
        documents.append((f"{ad}|{day}", platform.make(ad, day, clicks)))
    workspace.stand.store.put_many(platform.tool, "ad_days", documents)


@pytest.fixture
def filled(workspace, platform):
    rows = [(ad, ago, 5) for ad in range(ADS) for ago in range(1, DAYS + 1)]
    put(workspace, platform, *rows)
    section = workspace.settings.document["sources"][platform.kind]
    section["first_day"] = str(TODAY - timedelta(days=DAYS))
    return workspace


def total(workspace, platform, condition: str = "true") -> tuple[int, int]:
    """Rows and clicks in the warehouse."""
    found = workspace.query(
        f"select count(*), coalesce(sum({platform.clicks}), 0)::bigint"  # noqa: S608
        f" from {platform.table} where {condition}"
    )
    return found[0]


def reason_of(error: BaseException) -> BaseException:
    while not isinstance(error, CdpError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def test_the_first_load_brings_all_days_and_the_second_nothing(filled, platform):
    assert filled.load(platform.kind) == {"ad_days": DAYS * ADS}
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)
    assert filled.load(platform.kind) == {}
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


def test_a_restated_day_replaces_what_there_was_of_it(filled, platform):
    filled.load(platform.kind)
    put(filled, platform, (1, 20, 4))
    assert filled.load(platform.kind) == {"ad_days": ADS}
    day = TODAY - timedelta(days=20)
    assert total(filled, platform, f"{platform.day} = '{day}'") == (ADS, 14)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5 - 1)


def test_a_line_that_the_platform_takes_back_goes(filled, platform):
    filled.load(platform.kind)
    day = TODAY - timedelta(days=3)
    with filled.stand.store.transaction() as connection:
        connection.execute("delete from documents where id = ?", (f"0|{day}",))
    assert filled.load(platform.kind) == {"ad_days": ADS - 1}
    assert total(filled, platform, f"{platform.day} = '{day}'") == (ADS - 1, 10)


def test_days_beyond_the_restatement_are_not_asked_for_again(filled, platform):
    filled.load(platform.kind)
    put(filled, platform, (1, 60, 4))
    before = filled.requests(platform.tool)
    assert filled.load(platform.kind) == {}
    assert filled.requests(platform.tool) - before <= 4
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=500),
        Fault("status", status=429, retry_after=1),
        Fault("half_page"),
        Fault("token_expired"),
    ],
    ids=["500", "429", "half a page", "token expired"],
)
def test_a_fault_between_two_pages_loses_no_row(filled, platform, fault):
    filled.stand.traffic.largest_page = 20
    filled.stand.traffic.inject(platform.tool, fault, count=1, after=6)
    filled.load(platform.kind)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


def test_a_figure_that_flips_its_type_keeps_its_rows_apart_until_it_is_back(
    filled, platform
):
    path = "insights" if platform.tool == "meta" else "googleAds:search"
    odd = {"value": {"odd": 1}, "one_in": 1, "path_contains": path}
    filled.fail(platform.tool, "schema_change", field=platform.field, **odd)
    filled.load(platform.kind)
    refused = f"{platform.table}__refused"
    reasons = filled.query(f"select reason, count(*) from {refused} group by 1")  # noqa: S608
    [(reason, apart)] = reasons
    assert reason == f"{platform.clicks}: bigint expected, an object came"
    assert 0 < apart < DAYS * ADS
    assert total(filled, platform)[0] == DAYS * ADS - apart
    filled.stand.traffic.reset()
    section = filled.settings.document["sources"][platform.kind]
    section["restated_days"] = DAYS
    filled.load(platform.kind)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)
    assert filled.query(f"select * from {refused}") == []  # noqa: S608


def test_a_new_field_is_welcome_where_it_is_told(filled, platform):
    new = {"field": "reach", "value": 9, "beside": platform.field, "one_in": 1}
    filled.fail(platform.tool, "schema_change", count=100, **new)
    filled.load(platform.kind)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


def test_rows_that_become_visible_late_replace_their_day(filled, platform):
    filled.stand.traffic.inject(platform.tool, Fault("late_rows", one_in=4), count=100)
    filled.load(platform.kind)
    assert total(filled, platform)[0] < DAYS * ADS
    filled.stand.traffic.reset()
    filled.settings.document["sources"][platform.kind]["restated_days"] = DAYS
    filled.load(platform.kind)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


def test_a_load_that_breaks_off_leaves_nothing_and_the_next_brings_all(
    filled, platform
):
    filled.fail(platform.tool, "status", status=400, after=3)
    with pytest.raises(PipelineStepFailed) as raised:
        filled.load(platform.kind)
    assert isinstance(reason_of(raised.value), Rejected)
    filled.load(platform.kind)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


def test_a_first_load_is_cut_between_days_and_goes_on(filled, platform):
    part = DAYS * ADS // 3
    first = filled.load(platform.kind, rows_per_load=part)["ad_days"]
    assert part <= first < DAYS * ADS
    assert first % ADS == 0
    filled.load_all(platform.kind, rows_per_load=part)
    assert total(filled, platform) == (DAYS * ADS, DAYS * ADS * 5)


def test_refused_credentials_are_the_operators_turn(workspace, platform):
    workspace.settings.environment[platform.token] = "wrong-token"
    with pytest.raises(PipelineStepFailed) as raised:
        workspace.load(platform.kind)
    reason = reason_of(raised.value)
    assert isinstance(reason, Misconfigured)
    assert "wrong-token" not in str(reason)


def test_empty_tables_have_their_declared_columns(workspace, platform):
    assert workspace.load(platform.kind) == {}
    assert total(workspace, platform) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "make", "query"),
    [
        (
            "google_ads",
            google_row,
            "select ad_id, cost_micros, conversions::varchar",
        ),
        ("meta_ads", meta_row, "select ad_id, spend::varchar, purchases::varchar"),
    ],
    ids=["google_ads", "meta_ads"],
)
def test_figures_become_numbers_and_nothing_counts_twice(workspace, kind, make, query):
    tool = "meta" if kind == "meta_ads" else kind
    workspace.stand.store.put_many(tool, "ad_days", [("1", make(1, TODAY))])
    workspace.load(kind)
    expected = {
        "google_ads": ("1", 3_050_000, "0.33"),
        "meta_ads": ("1", "3.05", "2.00"),
    }
    assert workspace.query(f"{query} from raw_{kind}.ad_days") == [expected[kind]]


@pytest.mark.parametrize(
    "wrong", [{"first_day": "soon"}, {"restated_days": "many"}], ids=str
)
def test_a_wrong_period_is_said_so(workspace, platform, wrong):
    workspace.settings.document["sources"][platform.kind].update(wrong)
    with pytest.raises(Misconfigured, match="first_day must be a day"):
        workspace.load(platform.kind)


def test_totals_of_the_platform_agree_until_it_restates(filled, platform):
    filled.load(platform.kind)
    checks = reconcile(filled.settings, [platform.kind])
    assert [check.figure.in_source > 0 for check in checks] == [True] * 3
    assert [check.verdict for check in checks] == ["equal"] * 3
    put(filled, platform, (1, 20, 500))
    checks = reconcile(filled.settings, [platform.kind])
    assert [check.verdict for check in checks] == ["different", "different", "equal"]
    filled.load(platform.kind)
    checks = reconcile(filled.settings, [platform.kind])
    assert [check.verdict for check in checks] == ["equal"] * 3
