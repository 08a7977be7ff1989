"""Answers that are well but not as usual: another type, a new field, rows too late."""

from __future__ import annotations

import json
from typing import Any

from sandbox.tools.traffic import Fault, rejects


def changed(body: bytes, fault: Fault) -> bytes:
    """Return the JSON body of an answer as a fault makes it; others as they are."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    if fault.kind == "late_rows":
        answer = _without_late(answer, fault)
    else:
        _set(answer, fault)
    return json.dumps(answer).encode()


def _without_late(part: Any, fault: Fault) -> Any:
    """Leave records out of the outermost lists of an answer."""
    if isinstance(part, dict):
        return {name: _without_late(value, fault) for name, value in part.items()}
    if isinstance(part, list):
        return [one for one in part if not rejects(fault, _key(one))]
    return part


def _key(record: Any) -> str:
    if not isinstance(record, dict):
        return str(record)
    inner = record.get("node", record)
    return str(inner.get("id", inner.get("Id", record)))


def _set(part: Any, fault: Fault) -> None:
    if isinstance(part, list):
        for one in part:
            _set(one, fault)
    elif isinstance(part, dict):
        for value in part.values():
            _set(value, fault)
        has_field = (fault.beside or fault.field) in part
        if has_field and rejects(fault, json.dumps(part, sort_keys=True)):
            part[fault.field] = fault.value
