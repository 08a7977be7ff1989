"""The figures of the executive scorecard, ready to be shown (S-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_snapshot

PERIODS = {
    "last_week": "Last week",
    "last_month": "Last month",
    "year_to_date": "Year to date",
}
_FIGURES = """
    select
        figures.label, figures.unit, figures.good_direction, figures.period_name,
        figures.metric_value, figures.previous_metric_value, figures.change_share,
        figures.target_value, figures.is_on_target, figures.left_out_count,
        figures.period_started_at, figures.period_ended_at, metrics.what_it_says
    from marts.executive_scorecard as figures
    inner join seeds.scorecard_metrics as metrics using (metric_name)
    order by figures.display_position
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric in a period.

    Attributes:
        unit: ``number``, ``money`` or ``share``.
        good_direction: ``up`` or ``down``, where one of them is good.
        value: None for an average of nothing.
        previous_value: The same of the period before.
        change_share: 0.1 is a tenth more; None where there is nothing to compare with.
        target_value: What was agreed on; None without a target.
        is_on_target: Whether the value is as good as that; None without a target.
        left_out_count: Amounts of currencies without a rate, which do not count.
    """

    unit: str
    good_direction: str | None
    value: Decimal | None
    previous_value: Decimal | None
    change_share: Decimal | None
    target_value: Decimal | None
    is_on_target: bool | None
    left_out_count: int

    def text(self) -> str:
        """Return the value with its unit."""
        return shown(self.value, self.unit)

    def previous_text(self) -> str:
        """Return the value of the period before with its unit."""
        return shown(self.previous_value, self.unit)

    def change_text(self) -> str:
        """Return the change in per cent, with an arrow."""
        if self.change_share is None:
            return "-"
        percent = round(self.change_share * 100)
        arrow = "▲" if percent > 0 else "▼" if percent < 0 else "="
        return f"{arrow} {abs(percent):,} %"

    def target_text(self) -> str:
        """Return the target and whether it is met; nothing without one."""
        if self.is_on_target is None:
            return ""
        target = shown(self.target_value, self.unit)
        return f"{'met' if self.is_on_target else 'missed'}: {target}"

    def verdict(self) -> str:
        """Return ``better``, ``worse``, or nothing where neither can be said."""
        percent = round((self.change_share or Decimal(0)) * 100)
        if not percent or not self.good_direction:
            return ""
        return "better" if (percent > 0) == (self.good_direction == "up") else "worse"


@dataclass(frozen=True, slots=True)
class Metric:
    """A line of the scorecard: what is measured, and its figure in each period."""

    label: str
    what_it_says: str
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All metrics, and from when to when each period reaches, in words."""

    days: dict[str, str]
    metrics: list[Metric]

    def has_targets(self, period: str) -> bool:
        """Say whether any metric has a target for a period."""
        return any(one.figures[period].target_text() for one in self.metrics)

    def warnings(self) -> list[str]:
        """Say which metrics lack amounts for want of a rate of their currency."""
        return [
            f"{one.label}: {count:,} amounts in other currencies are left out; give"
            " their rates in seeds/currency_rates.csv"
            for one in self.metrics
            if (count := max(each.left_out_count for each in one.figures.values()))
        ]


def read_scorecard(settings: Settings) -> Scorecard:
    """Read the scorecard of the last build from the published snapshot.

    Raises:
        Misconfigured: Nothing has been built or published yet.
    """
    with open_snapshot(settings) as connection:
        try:
            rows = connection.execute(_FIGURES).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise Misconfigured(
                "the scorecard has not been built",
                place="marts.executive_scorecard",
                fix="Run `cdp run` at stage growth or later",
            ) from error
    days: dict[str, str] = {}
    metrics: dict[str, Metric] = {}
    for label, unit, direction, period, *values, started, ended, says in rows:
        days[period] = days_between(started, ended)
        metric = metrics.setdefault(label, Metric(label, says, {}))
        metric.figures[period] = Figure(unit, direction, *values)
    return Scorecard(days, list(metrics.values()))


def days_between(started_at: datetime, ended_at: datetime) -> str:
    """Return the first and the last day of a period whose end is no longer in it."""
    last = ended_at - timedelta(microseconds=1)
    return f"{started_at:%Y-%m-%d} to {last:%Y-%m-%d}"


def shown(value: Decimal | None, unit: str) -> str:
    """Return a value for people: 1,234, 1,234.50 or 3.1 %."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{value * 100:,.1f} %"
    return f"{value:,.2f}" if unit == "money" else f"{value:,.0f}"
