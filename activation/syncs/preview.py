"""What ``cdp sync plan`` shows and keeps: counts, bodies, differences, cost, seal."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from activation.destinations.membership import halves_of
from activation.destinations.outcome import NotTaken
from activation.destinations.registry import RecordDestination
from activation.difference import row_of
from activation.exposures import Sync
from activation.plan import Plan, Planned
from activation.suppression import SuppressionList
from activation.syncs.bodies import (
    SUPPRESSED,
    Body,
    body_of,
    changes_between,
    is_asked,
)
from activation.syncs.cost import calls_of, minutes_of
from activation.syncs.filling import Filler
from activation.syncs.left import reason_left
from activation.syncs.shown import Shown
from activation.values import plain
from cdp.errors import Misconfigured, Rejected

_SAMPLES = 3


class Preview(msgspec.Struct, frozen=True):
    """A plan as it is shown and kept in a file; no record's values are kept.

    Attributes:
        sync_name: Which sync.
        made_at: When, ISO 8601.
        fingerprints: What it was made from.
        counts: Records by what is done with them.
        calls: Requests that it takes.
        minutes: How long; None where neither rate nor history tells.
        asked: Records that the tool is asked for first, as it may lack them, or have
            them already: what does not fit the mode is left then.
        breaches: Why the guards stop it; empty if they do not.
        refused: Reasons, and how many rows each keeps back.
        unsendable: Reasons, and how many of the records to create, update and delete
            each keeps from being sent; among the first twenty thousand.
        shown: Records that were asked for, and a few of each kind.
    """

    sync_name: str
    made_at: str
    fingerprints: dict[str, str]
    counts: dict[str, int]
    calls: int
    minutes: float | None
    asked: int = 0
    breaches: tuple[str, ...] = ()
    refused: dict[str, int] = {}
    unsendable: dict[str, int] = {}
    shown: tuple[Shown, ...] = ()

    def check(self, plan: Plan) -> None:
        """See that a plan made now is made from the same.

        Raises:
            Rejected: It is not; says what has moved.
        """
        now = asdict(plan.fingerprints)
        words = {"data": "the rows", "mapping": "the mapping", "ledger": "the ledger"}
        moved = [
            words[name]
            for name, value in now.items()
            if self.fingerprints.get(name) != value
        ]
        if moved:
            raise Rejected(
                f"{' and '.join(moved)} moved since the plan was made",
                place=f"sync {self.sync_name}",
                fix=f"Look at a new one: cdp sync plan {self.sync_name}",
            )

    def write(self, file: Path) -> None:
        """Keep it for ``cdp sync apply``, without any record's values."""
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = msgspec.structs.replace(self, shown=())
        file.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")


def read_preview(file: Path) -> Preview:
    """Return a plan from its file.

    Raises:
        Misconfigured: It is none.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=Preview)
    except (OSError, msgspec.DecodeError) as error:
        raise Misconfigured(
            "this is no plan", place=str(file), fix="Make one: cdp sync plan"
        ) from error


def preview_of(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    destination: RecordDestination,
    suppression: SuppressionList,
    show: tuple[str, ...],
) -> Preview:
    """Return a plan as it is shown.

    Args:
        connection: The warehouse in which the plan has just been made.
        plan: The plan.
        destination: Where it would be sent.
        suppression: Nobody on it would be created or changed.
        show: Keys of rows to show, whatever is done with them.
    """
    bodies = _Bodies(plan.sync, destination, suppression)
    wanted = [_asked_for(connection, plan, bodies, key) for key in show]
    samples = [] if show else _samples(plan, bodies)
    calls, unsendable = calls_of(plan, bodies.filler, bodies.of)
    is_mirror = plan.sync.meta.mode == "mirror"
    return Preview(
        sync_name=plan.sync.name,
        made_at=str(plain(datetime.now(UTC))),
        fingerprints=asdict(plan.fingerprints),
        counts={
            "create": plan.created_count,
            "update": plan.updated_count,
            "delete": plan.deleted_count,
            "unchanged": plan.unchanged_count,
            "left alone": plan.left_count,
            # a mirror deletes what is gone: it is counted there
            "gone": plan.gone_count - (plan.deleted_count if is_mirror else 0),
            "refused": len(plan.refused),
        },
        calls=calls,
        minutes=minutes_of(connection, plan, destination, calls),
        asked=plan.asked_count if is_asked(plan.sync.meta.mode, destination) else 0,
        breaches=plan.breaches,
        refused=dict(Counter(one.reason for one in plan.refused)),
        unsendable=unsendable,
        shown=(*wanted, *samples),
    )


@dataclass(frozen=True, slots=True)
class _Bodies:
    """What would be sent for planned records."""

    sync: Sync
    destination: RecordDestination
    suppression: SuppressionList

    @property
    def filler(self) -> Filler:
        """Asks for what the tool has in the fields that are filled once."""
        return Filler(self.sync.fields, self.sync.meta.mode, self.destination)

    def filled(self, planned: Planned) -> Body:
        """Return exactly what is sent for a record, as the tool is now.

        Raises:
            Rejected: It would not be sent.
            NotTaken: The tool does not say what it has.
        """
        (body,) = self.filler.fill([(planned, self.of(planned))])
        return body

    def of(self, planned: Planned) -> Body:
        """Return what is sent for a record.

        Raises:
            Rejected: It would not be sent.
        """
        mode = self.sync.meta.mode
        body = body_of(planned, self.sync.fields, mode, self.destination)
        if planned.action != "delete" and self.suppression.has_record(body.fields):
            raise Rejected(SUPPRESSED)
        return body


def _samples(plan: Plan, bodies: _Bodies) -> list[Shown]:
    return [
        _shown(planned, bodies)
        for action in ("create", "update", "delete")
        for planned in plan.records(_SAMPLES, action)
    ]


def _asked_for(
    connection: duckdb.DuckDBPyConnection, plan: Plan, bodies: _Bodies, key: str
) -> Shown:
    for planned in plan.records(key=key):
        return _shown(planned, bodies)
    reason = next((one.reason for one in plan.refused if one.record_key == key), "")
    planned_ = row_of(connection, plan.sync, key)
    if planned_ is None:
        return Shown(key, "absent", reason=reason or "the source has no such row")
    shown = _shown(planned_, bodies)
    action = "left" if planned_.action == "create" else "unchanged"
    reason = reason or shown.reason or reason_left(connection, plan.sync, key)
    return msgspec.structs.replace(shown, action=action, reason=reason)


def _shown(planned: Planned, bodies: _Bodies) -> Shown:
    try:
        body = bodies.filled(planned)
    except Rejected as error:
        return Shown(planned.record_key, planned.action, reason=error.message)
    except NotTaken as refusal:
        reason = f"the tool does not say what it has: {refusal.outcome.reason}"
        return Shown(planned.record_key, planned.action, reason=reason)
    # a record that we did not deliver may be anything in the tool
    is_unknown = planned.action == "update" and planned.before is None
    has_changes = planned.action != "delete" and not is_unknown
    before = {**(planned.before or {}), **body.known}
    changes = changes_between(before, body.fields) if has_changes else {}
    old, new = halves_of(body.item)
    return Shown(
        planned.record_key,
        planned.action,
        new.content.decode(errors="replace"),
        changes,
        removal=old.content.decode(errors="replace") if old is not None else "",
    )
