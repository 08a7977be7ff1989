"""API keys and what each may do: ``keys`` in ``headwater.yml``.

A key is random and long, so its SHA-256 is enough to compare it by; digests are
compared in constant time, and all of them each time, so that the time an answer takes
says nothing about a key.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings

SCOPES: Mapping[str, str] = {
    "workspace:read": "stage, sources, destinations, connections and their problems",
    "plan:read": "the tracking plan",
    "deliveries:read": "counts of deliveries by connection and status",
    "quarantine:read": "counts of quarantined events by reason",
    "profiles:read": "profiles, features and recommendations of the online API",
}
_PREFIX = "hw_"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Who has a key.

    Attributes:
        name: Its name in ``keys``.
        scopes: What it may do.
    """

    name: str
    scopes: frozenset[str]


class KeyRing:
    """The keys of a workspace, as digests.

    Args:
        callers: Who may come in, by the SHA-256 of the key.
    """

    def __init__(self, callers: Mapping[bytes, Caller]) -> None:
        self._callers = tuple(callers.items())

    def __len__(self) -> int:
        return len(self._callers)

    def caller(self, authorization: bytes) -> Caller | None:
        """Return who sends this ``Authorization`` header; None where nobody known does.

        Args:
            authorization: ``Bearer`` and the key.
        """
        scheme, _, key = authorization.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = sha256(key.strip()).digest()
        found = None
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                found = caller
        return found


def load_keys(settings: Settings, needed: Collection[str]) -> KeyRing:
    """Read ``keys`` of the workspace.

    A key whose variable is not set here opens nothing here, so that each server needs
    only the keys of its own callers.

    Args:
        settings: The workspace.
        needed: The scopes that the server asks for; somebody must have one.

    Raises:
        Misconfigured: Nobody who has such a scope has a key here, two keys are the
            same, or a scope is not known.
    """
    callers: dict[bytes, Caller] = {}
    for name in settings.names("keys"):
        place = f"{WORKSPACE_FILE}: keys.{name}"
        scopes = _scopes(settings, name, place)
        key = _key(settings, name)
        digest = sha256(key.encode()).digest()
        if digest in callers:
            raise Misconfigured(
                f"the key is also the one of {callers[digest].name}",
                place=f"{place}.key",
                fix=f"Make one with `cdp keys new {name} --scope …`",
            )
        if key:
            callers[digest] = Caller(name, scopes)
    if not any(caller.scopes & set(needed) for caller in callers.values()):
        raise _nobody(settings, needed)
    return KeyRing(callers)


def key_with(settings: Settings, scope: str) -> str:
    """Return a key of this workspace that has a scope, to ask its own servers.

    Raises:
        Misconfigured: Nobody who has the scope has a key here.
    """
    for name in settings.names("keys"):
        if scope in _scopes(settings, name, f"{WORKSPACE_FILE}: keys.{name}"):
            key = _key(settings, name)
            if key:
                return key
    raise _nobody(settings, {scope})


def _key(settings: Settings, name: str) -> str:
    try:
        return str(settings.section(f"keys.{name}").get("key") or "")
    except Misconfigured:
        return ""


def _nobody(settings: Settings, needed: Collection[str]) -> Misconfigured:
    """Name the variable of somebody who would have the scope, where there is one."""
    scopes = ", ".join(sorted(needed))
    for name in settings.names("keys"):
        section = settings.document["keys"][name]
        if _scopes(settings, name, "") & set(needed):
            return Misconfigured(
                f"no key with the scope {scopes} is set",
                place=f"{WORKSPACE_FILE}: keys.{name}.key",
                fix=f"Export {str(section.get('key', '')).strip('${}')}",
            )
    return Misconfigured(
        f"no key has the scope {scopes}",
        place=f"{WORKSPACE_FILE}: keys",
        fix=f"Make one with `cdp keys new NAME --scope {min(needed)}`",
    )


def _scopes(settings: Settings, name: str, place: str) -> frozenset[str]:
    section = settings.document["keys"][name]
    written = section.get("scopes") if isinstance(section, Mapping) else None
    scopes = set(map(str, written)) if isinstance(written, list) else set()
    if not scopes or scopes - set(SCOPES):
        raise Misconfigured(
            "a key has scopes, a list",
            place=f"{place}.scopes",
            fix=f"Use some of {', '.join(SCOPES)}",
        )
    return frozenset(scopes)


def new_key() -> str:
    """Return a fresh random key of 256 bits."""
    return _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
