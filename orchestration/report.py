"""Is the number the same everywhere? Conversions by day, beside every destination."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp.errors import Misconfigured
from cdp.settings import Settings
from cdp.warehouse import open_snapshot

_COUNTS = """
    select
        event_name,
        conversion_date,
        connection_name,
        received_count,
        quarantined_count,
        delivered_count,
        filtered_count,
        rejected_count,
        waiting_count + unsent_count as waiting_count
    from marts.conversion_deliveries
    where
        conversion_date > (
            select max(conversion_date) - cast(? as integer)
            from marts.conversion_deliveries
        )
        and (? = '' or event_name = ?)
    order by event_name, conversion_date desc, connection_name
"""
_REASONS = """
    select
        event_name,
        connection_name,
        delivery_state,
        delivery_reason,
        sum(event_count) as event_count
    from marts.conversion_delivery_reasons
    where
        conversion_date > (
            select max(conversion_date) - cast(? as integer)
            from marts.conversion_deliveries
        )
        and (? = '' or event_name = ?)
    group by event_name, connection_name, delivery_state, delivery_reason
    order by event_name, event_count desc, connection_name
"""


@dataclass(frozen=True, slots=True)
class Count:
    """How many conversions of one day a connection's destination has.

    Attributes:
        event_name: The conversion event.
        day: When it happened, UTC.
        connection_name: The connection.
        received: Distinct events accepted.
        quarantined: Events that wait in quarantine.
        delivered: The destination has taken them.
        filtered: Not meant for the destination.
        rejected: The destination will not take them.
        waiting: On their way.
    """

    event_name: str
    day: date
    connection_name: str
    received: int
    quarantined: int
    delivered: int
    filtered: int
    rejected: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why destinations do not have some conversions."""

    event_name: str
    connection_name: str
    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of the last days, and the reasons for their differences."""

    counts: tuple[Count, ...]
    reasons: tuple[Reason, ...]


def conversion_report(settings: Settings, days: int, event_name: str = "") -> Report:
    """Return the conversions of the last days that have any.

    Connections that the workspace has no more are left out.

    Args:
        settings: The workspace; ``cdp run`` has built it.
        days: How many days back from the last conversion.
        event_name: Only this one; all where it is empty.

    Raises:
        Misconfigured: Nothing has been built yet.
    """
    given = [days, event_name, event_name]
    with open_snapshot(settings) as connection:
        found = connection.execute(
            "select 1 from information_schema.tables"
            " where table_schema = 'marts' and table_name = 'conversion_deliveries'"
        ).fetchone()
        if found is None:
            raise Misconfigured(
                "marts.conversion_deliveries has not been built",
                place="the warehouse",
                fix="Run `cdp run`",
            )
        counts = connection.execute(_COUNTS, given).fetchall()
        reasons = connection.execute(_REASONS, given).fetchall()
    known = set(settings.names("connections"))
    return Report(
        tuple(one for row in counts if (one := Count(*row)).connection_name in known),
        tuple(
            Reason(event_name, connection_name, state, reason, int(count))
            for event_name, connection_name, state, reason, count in reasons
            if connection_name in known
        ),
    )
