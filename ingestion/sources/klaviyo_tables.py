"""The objects of Klaviyo that are read, and how each is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import Table, columns

PROFILES = Table(
    "profiles",
    key="id",
    cursor="updated",
    columns=columns(
        text="id type email phone_number external_id first_name last_name organization"
        " title locale image",
        json="location properties subscriptions",
        timestamp=f"created updated last_event_date {DELETED_AT}",
    ),
)
EVENTS = Table(
    "events",
    key="id",
    cursor="datetime",
    columns=columns(
        text="id type uuid metric_name",
        bigint="timestamp",
        json="event_properties relationships",
        timestamp="datetime",
    ),
)
CAMPAIGNS = Table(
    "campaigns",
    key="id",
    cursor="updated_at",
    columns=columns(
        text="id type name status message_id subject",
        bool="archived",
        json="messages audiences",
        timestamp=f"created_at scheduled_at send_time updated_at {DELETED_AT}",
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table is asked for.

    Attributes:
        table: The table.
        operator: The filter that the vendor takes on the table's cursor.
        parameters: Further query parameters.
        lag: How much is read again each time.
        must_filter: A filter that every request must have.
    """

    table: Table
    operator: str
    parameters: Mapping[str, str]
    lag: timedelta
    must_filter: str = ""

    @property
    def size_or_filter(self) -> Mapping[str, str]:
        """What a request must have; a list that must be filtered takes no size."""
        if self.must_filter:
            return {"filter": self.must_filter}
        return {"page[size]": "100"}


_OF_EMAIL = "equals(messages.channel,'email')"
READINGS = (
    Reading(
        PROFILES,
        "greater-than",
        {"page[size]": "100", "additional-fields[profile]": "subscriptions"},
        timedelta(minutes=10),
    ),
    Reading(
        EVENTS,
        "greater-or-equal",
        {"page[size]": "1000", "include": "metric"},
        timedelta(hours=1),
    ),
    Reading(
        CAMPAIGNS,
        "greater-or-equal",
        {"include": "campaign-messages"},
        timedelta(minutes=10),
        must_filter=_OF_EMAIL,
    ),
)
ID_LISTS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "profiles": [{"page[size]": "100", "fields[profile]": "created"}],
    # an archived campaign is not in the usual list, and not deleted either
    "campaigns": [
        {"filter": _OF_EMAIL, "fields[campaign]": "name"},
        {
            "filter": f"and({_OF_EMAIL},equals(archived,true))",
            "fields[campaign]": "name",
        },
    ],
}
