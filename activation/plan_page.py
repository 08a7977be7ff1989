"""The tracking plan as one page for everybody who has a say in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from activation.plan_destinations import Mapped
from cdp.plan_example import example_event, example_of
from cdp.plan_files import TRAITS, Document, properties_of, written
from ingestion.plan_usage import Usage

_TEMPLATE = Path(__file__).with_name("plan_page.html")
# From the first visit to after the purchase (S-12).
STAGES = ("discover", "join", "choose", "buy", "stay")
_SAMPLED = ("type", "event", "userId", "anonymousId", "groupId", "traits", "properties")


def rendered(
    documents: Mapping[str, Document],
    there: Sequence[Mapped],
    usage: Usage | None = None,
    days: int = 0,
) -> str:
    """Return the page, which asks nobody for anything.

    Args:
        documents: Files of the plan by name.
        there: What each connection makes of each event.
        usage: What was sent; None where there is no event log.
        days: How far back that looks.
    """
    events = [_event(name, each, there, usage) for name, each in documents.items()]
    by_stage: dict[str, list[dict[str, Any]]] = {stage: [] for stage in STAGES}
    for event in events:
        by_stage.setdefault(event["stage"], []).append(event)
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        events=events,
        owners=sorted({event["owner"] for event in events}),
        stages=[(stage, group) for stage, group in by_stage.items() if group],
        days=days if usage is not None else 0,
    )


def _event(
    name: str, document: Document, there: Sequence[Mapped], usage: Usage | None
) -> dict[str, Any]:
    example = example_event(name, document)
    properties = _properties(document)
    aliases = document.get("aliases") or []
    goes = [each for each in there if each.event == name]
    seen = [
        found
        for (event, _), found in (usage.planned if usage else {}).items()
        if event == name
    ]
    sample = {key: example[key] for key in _SAMPLED if key in example}
    title = "identify" if name == TRAITS else name
    words = [title, str(document["description"]), *map(str, aliases)]
    words += [each["name"] for each in properties]
    words += [each.connection for each in goes if each.names]
    return {
        "name": name,
        "title": title,
        "description": document["description"],
        "owner": document["owner"],
        "version": document["version"],
        "stage": str(document.get("stage") or "everywhere"),
        "aliases": aliases,
        "content": "traits" if "traits" in sample else "properties",
        "properties": properties,
        "destinations": goes,
        "sample": json.dumps(sample, indent=2, ensure_ascii=False),
        "sent": sum(each.count for each in seen),
        "last": max((each.last[:10] for each in seen), default=""),
        "words": " ".join(words).lower(),
    }


def _properties(document: Document) -> list[dict[str, Any]]:
    rows = []
    for path, schema, is_required in properties_of(document["properties"]):
        kinds = schema.get("type") or "any"
        is_plain = not {"properties", "items"} & set(schema)
        example = example_of(str(path[-1]), schema) if is_plain else ""
        rows.append(
            {
                "name": written(path),
                "type": kinds if isinstance(kinds, str) else " or ".join(kinds),
                "required": is_required,
                "description": schema.get("description") or "",
                "personal": schema.get("personal") is True,
                "purposes": ", ".join(schema.get("purposes") or ["all"]),
                "example": example,
            }
        )
    return rows
