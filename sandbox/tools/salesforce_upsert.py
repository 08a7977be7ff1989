"""Salesforce's writing of up to 200 records, one result each.

They are created, or upserted by an external id. A custom field of an id is unique.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.tools.soql_keys import matches
from sandbox.tools.stand import Stand, words

STANDARD_FIELDS = {
    "Contact": words(
        "AccountId FirstName LastName Email Phone MobilePhone Title Department"
        " Birthdate LeadSource Description MailingStreet MailingCity MailingState"
        " MailingPostalCode MailingCountry HasOptedOutOfEmail OwnerId"
    ),
    "Account": words(
        "Name Industry BillingCity BillingCountry NumberOfEmployees Phone Website"
        " Type Description OwnerId"
    ),
    "Lead": words(
        "FirstName LastName Email Phone Company Title Status LeadSource Country"
        " NumberOfEmployees Industry Description OwnerId"
    ),
}
Known = dict[str, dict[str, list[dict[str, Any]]]]
_REQUIRED = {
    "Contact": ("LastName",),
    "Account": ("Name",),
    "Lead": ("LastName", "Company"),
}
_MAX_LENGTH = {"FirstName": 40, "LastName": 80, "Email": 80, "Phone": 40, "Title": 128}
_PREFIX = {"Contact": "003", "Account": "001", "Lead": "00Q"}
_CUSTOM_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*__c")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def failure(code: str, message: str, *fields: str) -> dict[str, Any]:
    """Return the result of a record that was not taken."""
    error = {"statusCode": code, "message": message, "fields": list(fields)}
    return {"success": False, "errors": [error]}


@dataclass(frozen=True, slots=True)
class Write:
    """One request.

    Attributes:
        object_name: ``Contact``, ``Account`` or ``Lead``.
        key_field: The external id that records are matched by; empty to create.
        all_or_none: Whether one failure undoes the others.
    """

    object_name: str
    key_field: str
    all_or_none: bool = False

    def apply(self, stand: Stand, records: Sequence[Any]) -> list[dict[str, Any]]:
        """Write what can be written and return one result per record, in order."""
        known = self._find(stand, records)
        keys = Counter(
            str(record.get(self.key_field))
            for record in records
            if isinstance(record, dict)
        )
        results = [self._check(stand, record, keys, known) for record in records]
        if self.all_or_none and any(result for result in results):
            rolled_back = failure("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Rolled back.")
            return [result or rolled_back for result in results]
        taken = [
            record for record, bad in zip(records, results, strict=True) if not bad
        ]
        written = iter(self._write(stand, taken, known))
        return [result or next(written) for result in results]

    def _find(self, stand: Stand, records: Sequence[Any]) -> Known:
        """Return the records there are, by each field that is matched or unique."""
        values: dict[str, set[str]] = {}
        for record in records:
            for name, value in record.items() if isinstance(record, dict) else ():
                is_unique = not self.key_field and name.endswith("_Id__c")
                if value and (is_unique or name == self.key_field):
                    values.setdefault(name, set()).add(str(value))
        return {
            name: matches(stand, self.object_name, name, asked)
            for name, asked in values.items()
        }

    def _check(
        self, stand: Stand, record: Any, keys: Counter[str], known: Known
    ) -> dict[str, Any] | None:
        if not isinstance(record, dict) or "attributes" not in record:
            return failure("INVALID_TYPE", "attributes.type is missing")
        if record["attributes"].get("type") != self.object_name:
            return failure("INVALID_TYPE", "sObject type does not match the request")
        fault = (
            self._check_key(record, keys, known)
            if self.key_field
            else self._check_unique(record, known)
        )
        fault = fault or self._check_fields(stand, record)
        return fault or self._check_required(record, known)

    def _check_key(
        self, record: dict[str, Any], keys: Counter[str], known: Known
    ) -> dict[str, Any] | None:
        key = record.get(self.key_field)
        if not isinstance(key, str) or not key:
            message = f"{self.key_field} not specified"
            return failure("MISSING_ARGUMENT", message, self.key_field)
        if keys[key] > 1:
            message = f"Duplicate external id specified: {key}"
            return failure("DUPLICATE_VALUE", message, self.key_field)
        if len(self._known(record, known)) > 1:
            message = f"{self.key_field}: more than one record found for external id"
            return failure("DUPLICATE_EXTERNAL_ID", message, self.key_field)
        return None

    def _check_unique(
        self, record: dict[str, Any], known: Known
    ) -> dict[str, Any] | None:
        for name, found in known.items():
            if there := found.get(str(record.get(name)).lower()):
                place = f"on record with id: {there[0]['Id']}"
                message = f"duplicate value found: {name} duplicates value {place}"
                return failure("DUPLICATE_VALUE", message)
        return None

    def _known(self, record: dict[str, Any], known: Known) -> list[dict[str, Any]]:
        """Return the records that an upsert means."""
        key = str(record.get(self.key_field)).lower()
        return known.get(self.key_field, {}).get(key, [])

    def _check_fields(
        self, stand: Stand, record: dict[str, Any]
    ) -> dict[str, Any] | None:
        standard = STANDARD_FIELDS[self.object_name]
        for name, value in record.items():
            is_custom = _CUSTOM_FIELD.fullmatch(name) is not None
            is_known = name in standard or is_custom or name == "attributes"
            if not is_known or name in stand.traffic.removed_fields:
                message = f"No such column '{name}' on sobject of type"
                return failure("INVALID_FIELD", f"{message} {self.object_name}")
            limit = _MAX_LENGTH.get(name, 255 if is_custom else 32_000)
            if isinstance(value, str) and len(value) > limit:
                message = f"{name}: data value too large (max length={limit})"
                return failure("STRING_TOO_LONG", message, name)
        email = record.get("Email")
        if email is not None and not _EMAIL.fullmatch(str(email)):
            message = f"Email: invalid email address: {email}"
            return failure("INVALID_EMAIL_ADDRESS", message, "Email")
        return None

    def _check_required(
        self, record: dict[str, Any], known: Known
    ) -> dict[str, Any] | None:
        merged = {**next(iter(self._known(record, known)), {}), **record}
        missing = [name for name in _REQUIRED[self.object_name] if not merged.get(name)]
        if not missing:
            return None
        message = f"Required fields are missing: [{', '.join(missing)}]"
        return failure("REQUIRED_FIELD_MISSING", message, *missing)

    def _write(
        self, stand: Stand, records: list[dict[str, Any]], known: Known
    ) -> list[Any]:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000+0000}"
        documents, results, written = [], [], []
        for record in records:
            fields = {name: record[name] for name in record if name != "attributes"}
            key = record.get(self.key_field) or json.dumps(fields, sort_keys=True)
            before = next(iter(self._known(record, known)), None)
            record_id = before["Id"] if before else self._record_id(key)
            body = before or {"Id": record_id, "IsDeleted": False, "CreatedDate": now}
            body = {**body, **fields, "LastModifiedDate": now, "SystemModstamp": now}
            documents.append((record_id, body))
            written.append((f"{self.object_name}:{key}", fields))
            result: dict[str, Any] = {"id": record_id, "success": True, "errors": []}
            is_told = {"created": not before} if self.key_field else {}
            results.append(result | is_told)
        stand.store.put_many("salesforce", self.object_name, documents)
        stand.note_writes("salesforce", written)
        return results

    def _record_id(self, key: str) -> str:
        digest = hashlib.md5(f"{self.key_field}:{key}".encode(), usedforsecurity=False)
        number, letters = int(digest.hexdigest(), 16), ""
        for _ in range(15):
            number, digit = divmod(number, len(_ALPHABET))
            letters += _ALPHABET[digit]
        return _PREFIX[self.object_name] + letters
