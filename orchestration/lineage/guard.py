"""What a change of the project breaks in the destinations' fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cdp.plan_files import Document, properties_of, written
from cdp.settings import WORKSPACE_FILE
from orchestration.check.problem import Problem, Severity
from orchestration.lineage.fields import QUERY, Field
from orchestration.lineage.graph import reversed_steps
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.lines import line_in_yaml, line_of_word
from orchestration.lineage.origins import events_of
from orchestration.lineage.place import EVENTS, Place
from orchestration.lineage.revision import Revision
from orchestration.lineage.trace import Tracer

_MOST = 3
_UNFILLED = "field-no-longer-filled"
_FIXES = {
    "field-without-column": "Select the column again, or map another one",
    "field-without-origin": "Let it be made of them again, or map a constant",
    _UNFILLED: "Map it again if anybody reads it there",
}


def problems_now(now: Revision, project: Path) -> Iterator[Problem]:
    """Yield what is broken as the project stands.

    Args:
        now: The project.
        project: Its folder, for lines.
    """
    lineage = now.lineage
    missing = set()
    for field in lineage.fields:
        for step in lineage.graph.steps.get(field.place, ()):
            table = lineage.project.tables.get(step.origin.table)
            columns = lineage.columns.get(step.origin.table, ())
            is_model = table is not None and table.kind != "source"
            if field.rule != "live" and is_model and step.origin.column not in columns:
                missing.add(f"{step.origin.table}: {step.origin.column}")
                message = (
                    f"{field.place.name} is mapped to {step.origin.name},"
                    " which does not exist"
                )
                code = "field-without-column"
                yield _field_problem(lineage, project, field, code, message)
    for problem in lineage.graph.problems:
        if problem.place not in missing:
            yield Problem(
                "error",
                "cannot-follow",
                _file_of(lineage, problem.place.split(":")[0]),
                1,
                1,
                f"{problem.place}: {problem.reason}",
                "Select the column again, or put right what reads it",
            )


def _file_of(lineage: Lineage, name: str) -> str:
    """Return the file of a model, or of the sync whose query it is."""
    table = lineage.project.tables.get(name)
    if table is not None:
        return table.file
    return lineage.exposures.get(name.removeprefix(QUERY), WORKSPACE_FILE)


def problems_since(base: Revision, now: Revision, project: Path) -> Iterator[Problem]:
    """Yield what a change breaks.

    Args:
        base: The project before.
        now: The project after.
        project: Its folder, for lines.
    """
    yield from _of_fields(base, now, project)
    yield from _of_plan(base, now, project)


def _of_fields(base: Revision, now: Revision, project: Path) -> Iterator[Problem]:
    before, after = Tracer(base.lineage), Tracer(now.lineage)
    there = {(field.place, field.by): field for field in now.lineage.fields}
    for field in base.lineage.fields:
        if field.rule == "live":
            continue
        name = field.place.name
        kept = there.get((field.place, field.by))
        if kept is None:
            yield _field_problem(
                now.lineage, project, field, _UNFILLED,
                f"{name} is no longer filled",
            )  # fmt: skip
            continue
        origins = before.origins(field.place)
        is_meant = kept.rule == "constant" and field.rule != "constant"
        if origins and not after.origins(field.place) and not is_meant:
            yield _field_problem(
                now.lineage, project, kept, "field-without-origin",
                f"{name} comes from nothing any more;"
                f" it came from {', '.join(sorted(origins)[:_MOST])}",
            )  # fmt: skip
        yield from _of_type(base.lineage, now.lineage, project, kept)


def _of_type(
    base: Lineage, now: Lineage, project: Path, field: Field
) -> Iterator[Problem]:
    for step in now.graph.steps.get(field.place, ()):
        table = now.project.tables.get(step.origin.table)
        before = base.project.tables.get(step.origin.table)
        if table is None or before is None:
            continue
        was = before.columns.get(step.origin.column, "")
        became = table.columns.get(step.origin.column, "")
        if was and became and was.lower() != became.lower():
            keys = ("models", table.name, "columns", step.origin.column, "data_type")
            yield Problem(
                "error",
                "field-changed-type",
                table.documented_in,
                line_in_yaml(project / table.documented_in, keys),
                1,
                f"{field.place.name} was {was} and would be {became}:"
                f" {step.origin.name} has changed its type",
                f"Keep {was}, or give the new type another column and field",
            )


def _field_problem(
    lineage: Lineage, project: Path, field: Field, code: str, message: str
) -> Problem:
    file = lineage.exposures.get(field.by, WORKSPACE_FILE)
    keys = ("exposures", field.by, "config", "meta", "sync", "mapping")
    line = line_in_yaml(project / file, (*keys, field.place.column))
    severity: Severity = "warning" if code == _UNFILLED else "error"
    return Problem(severity, code, file, line, 1, message, _FIXES[code])


def _of_plan(base: Revision, now: Revision, project: Path) -> Iterator[Problem]:
    """Yield readers of properties that were taken out of the tracking plan."""
    kept = _planned(now.plan)
    for event, path in sorted(_planned(base.plan) - kept):
        if any(other[0] == event and path.startswith(f"{other[1]}.") for other in kept):
            continue  # the object around it may hold it still
        called = "identify" if event == "traits" else event
        for place, code in _readers(now.lineage, called, path):
            yield _removed(now, project, (event, path), place, code)
        for field in base.lineage.fields:
            if field.rule == "live" and _reads(base.lineage, field, called, path):
                yield Problem(
                    "error",
                    "property-filled-a-field",
                    _plan_file(event),
                    line_in_yaml(project / _plan_file(event), ("properties",)),
                    1,
                    f"{field.place.name} ({field.by}) is filled from {path} of {event},"
                    " which is no longer in the plan",
                    "Plan it again; --accept says that it is meant",
                )


def _removed(
    now: Revision, project: Path, gone: tuple[str, str], place: Place, code: str
) -> Problem:
    event, path = gone
    file = now.lineage.project.tables[place.table].file
    word = path.replace("[]", "").rsplit(".", 1)[-1]
    return Problem(
        "error",
        "property-still-read",
        file,
        line_of_word(project / file, word),
        1,
        f"{place.table} reads {path} of {event} ({code}), which is no longer in the"
        " plan",
        f"Plan it again in {_plan_file(event)}, or stop reading it",
    )


def _readers(lineage: Lineage, event: str, path: str) -> Iterator[tuple[Place, str]]:
    """Yield the columns whose own SQL takes a property out of the event."""
    backwards = reversed_steps(lineage.graph.steps)
    queue = [
        place
        for place in backwards
        if place.table == EVENTS and place.path == path and event in events_of(place)
    ]
    seen = set(queue)
    for place in queue:
        for reader, step in backwards.get(place, ()):
            if reader.is_field or reader in seen:
                continue
            seen.add(reader)
            if step.sql and len(reader.path) < len(place.path):
                yield reader, " of ".join(step.sql)
            else:
                queue.append(reader)


def _reads(lineage: Lineage, field: Field, event: str, path: str) -> bool:
    return any(
        step.origin.path == path and event in step.origin.events
        for step in lineage.graph.steps.get(field.place, ())
    )


def _planned(plan: Mapping[str, Document]) -> set[tuple[str, str]]:
    return {
        (event, written(path))
        for event, document in plan.items()
        for path, _, _ in properties_of(document.get("properties") or {})
    }


def _plan_file(event: str) -> str:
    folder = "tracking_plan" if event == "traits" else "tracking_plan/events"
    return f"{folder}/{event}.yml"
