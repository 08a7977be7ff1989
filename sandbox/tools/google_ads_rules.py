"""Google Ads: what is wrong with a record, and how the answer names it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d")
_HASH = re.compile(r"[0-9a-f]{64}")
_HASHED = ("hashedEmail", "hashedPhoneNumber")
_CLICKS = ("gclid", "gbraid", "wbraid")
_KINDS = frozenset({"RETRACTION", "RESTATEMENT", "ENHANCEMENT"})


def key_of(record: dict[str, Any]) -> str:
    """Return what the vendor deduplicates by."""
    parts = (
        record.get("conversionAction", ""),
        record.get("orderId", ""),
        record.get("adjustmentType", ""),
    )
    return "|".join(parts)


def find_conversion_fault(record: Any, actions: frozenset[str]) -> str:
    """Return the code of the first fault; empty where there is none."""
    if not isinstance(record, dict) or record.get("conversionAction") not in actions:
        return "INVALID_CONVERSION_ACTION"
    if not _MOMENT.fullmatch(str(record.get("conversionDateTime"))):
        return "INVALID_DATE_TIME"
    people = record.get("userIdentifiers") or []
    clicks = [name for name in _CLICKS if record.get(name)]
    if not clicks and not people:
        return "UNSET_REQUIRED_FIELD"
    if {"gbraid", "wbraid"} <= set(clicks):
        return "GBRAID_WBRAID_BOTH_SET"
    if len(people) > 5:
        return "TOO_MANY_USER_IDENTIFIERS"
    return _fault_of_people(people, with_address=False)


def find_adjustment_fault(record: Any, actions: frozenset[str]) -> str:
    """Return the code of the first fault; empty where there is none."""
    if not isinstance(record, dict) or record.get("conversionAction") not in actions:
        return "INVALID_CONVERSION_ACTION"
    kind = record.get("adjustmentType")
    if kind not in _KINDS or not record.get("orderId"):
        return "MISSING_ORDER_ID_FOR_ADJUSTMENT"
    if (kind == "RESTATEMENT") != ("restatementValue" in record):
        return "INVALID_RESTATEMENT"
    return _fault_of_people(record.get("userIdentifiers") or [], with_address=True)


def find_person_fault(operation: Any) -> str:
    """Return the code of the first fault; empty where there is none."""
    if not isinstance(operation, dict) or set(operation) not in (
        {"create"},
        {"remove"},
    ):
        return "INVALID_OPERATION"
    people = next(iter(operation.values())).get("userIdentifiers")
    return _fault_of_people(people, with_address=True) if people else "UNSET_FIELD"


def _fault_of_people(people: list[Any], *, with_address: bool) -> str:
    for person in people:
        keys = set(person) - {"userIdentifierSource"}
        if len(keys) != 1 or (keys == {"addressInfo"} and not with_address):
            return "UNSUPPORTED_USER_IDENTIFIER"
        if any(
            name in person and not _HASH.fullmatch(person[name]) for name in _HASHED
        ):
            return "INVALID_SHA256_FORMAT"
    return ""


def partial_failure(name: str, faults: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Return the part of an answer that names the records which were not taken."""
    if not faults:
        return {}
    errors = [
        {
            "errorCode": {"conversionUploadError": code},
            "message": f"The record was not taken: {code}.",
            "location": {"fieldPathElements": [{"fieldName": name, "index": place}]},
        }
        for place, code in faults
    ]
    details = [{"@type": FAILURE, "errors": errors}]
    message = f"Multiple errors in {len(faults)} records."
    return {"partialFailureError": {"code": 3, "message": message, "details": details}}
