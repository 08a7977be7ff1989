"""Klaviyo's profiles as an import meets them: what is valid, who is who."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.tools.klaviyo_replies import RefusedError
from sandbox.tools.stand import words
from sandbox.tools_store import Position, ToolsStore

IDENTIFIERS = ("external_id", "email", "phone_number")
MAX_PROFILE_BYTES = 100_000
_ATTRIBUTES = words(
    "email phone_number external_id _kx first_name last_name organization locale title"
    " image location properties"
)
_LOCATION = words(
    "address1 address2 city country latitude longitude region zip timezone ip"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


def now_text() -> str:
    """Return this moment as the vendor writes it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00}"


def check_shape(profile: Any, pointer: str) -> None:
    """Check one profile of a job; a fault here refuses the whole job.

    Raises:
        RefusedError: It is no profile, or has fields that a profile has not.
    """
    if not isinstance(profile, dict) or profile.get("type") != "profile":
        source = {"pointer": f"{pointer}/type"}
        raise RefusedError(400, "type must be 'profile'.", source)
    attributes = profile.get("attributes")
    if not isinstance(attributes, dict):
        raise RefusedError(400, "attributes is required.", {"pointer": pointer})
    location = attributes.get("location") or {}
    for known, given, place in (
        (_ATTRIBUTES, attributes, "attributes"),
        (_LOCATION, location, "attributes/location"),
    ):
        for name in given:
            if name not in known:
                detail = f"'{name}' is not a valid field for the resource 'profile'."
                source = {"pointer": f"{pointer}/{place}/{name}"}
                raise RefusedError(400, detail, source)
    if len(json.dumps(profile)) > MAX_PROFILE_BYTES:
        raise RefusedError(400, "A profile is over 100 KB.", {"pointer": pointer})


def find_fault(attributes: Mapping[str, Any]) -> str:
    """Return the attribute for which this profile alone is not imported, or ""."""
    if not any(attributes.get(name) for name in IDENTIFIERS):
        return "email"
    email, phone = attributes.get("email"), attributes.get("phone_number")
    if email and not _EMAIL.fullmatch(str(email)):
        return "email"
    return "phone_number" if phone and not _PHONE.fullmatch(str(phone)) else ""


@dataclass(slots=True)
class People:
    """The profiles of an account, found by external id, then email, then phone."""

    store: ToolsStore
    _ids: dict[tuple[str, str], str] = field(default_factory=dict)
    _is_read: bool = False

    def merge(
        self, attributes: Mapping[str, Any], pending: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the profile that these attributes lead to, new or changed.

        Args:
            attributes: What is sent; what is not sent stays as it is.
            pending: Profiles changed before in the same job, by id.
        """
        self._read()
        sent = [
            (name, str(attributes[name]).lower())
            for name in IDENTIFIERS
            if attributes.get(name)
        ]
        found = next((self._ids[key] for key in sent if key in self._ids), None)
        profile_id = found or "01K" + secrets.token_hex(12)[:23].upper()
        known = pending.get(profile_id) or self.store.get(
            "klaviyo", "profiles", profile_id
        )
        self._ids.update(dict.fromkeys(sent, profile_id))
        return _merged(known, profile_id, attributes)

    def _read(self) -> None:
        after: Position | None = None
        while not self._is_read:
            page = self.store.page("klaviyo", "profiles", after=after, limit=5000)
            for document in page:
                attributes = document.body["attributes"]
                for name in IDENTIFIERS:
                    if attributes.get(name):
                        key = (name, str(attributes[name]).lower())
                        self._ids[key] = document.id
            self._is_read = not page
            after = page[-1].position if page else None


def _merged(
    known: Mapping[str, Any] | None, profile_id: str, attributes: Mapping[str, Any]
) -> dict[str, Any]:
    before = dict(known["attributes"]) if known else {"created": now_text()}
    after = {**before, **attributes}
    for name in ("properties", "location"):
        after[name] = {**(before.get(name) or {}), **(attributes.get(name) or {})}
    if after != before:
        after["updated"] = now_text()
    return {"type": "profile", "id": profile_id, "attributes": after}
