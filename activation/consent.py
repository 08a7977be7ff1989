"""Whether a person agreed to what a destination is for.

Read as the SDKs' consent plugins write it: RudderStack's ``context.consentManagement``
(``allowedConsentIds``, ``deniedConsentIds``, ``resolutionStrategy``) and Segment's
``context.consent.categoryPreferences``. A connection names the categories it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cdp.errors import Misconfigured

UNKNOWN = ("deliver", "withhold")
_ONE_IS_ENOUGH = frozenset({"or", "any"})


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """What a connection needs.

    Attributes:
        categories: In lower case; none means that no consent is asked for.
        delivers_unknown: What happens to an event that does not say.
    """

    categories: frozenset[str] = frozenset()
    delivers_unknown: bool = True

    def missing(self, event: Mapping[str, Any]) -> str:
        """Return the categories that keep the event back; empty if none does."""
        if not self.categories:
            return ""
        told, needs_all = _told(event.get("context"))
        verdicts = {
            name: told.get(name, told.get("*", self.delivers_unknown))
            for name in sorted(self.categories)
        }
        if all(verdicts.values()) or (not needs_all and any(verdicts.values())):
            return ""
        return ", ".join(name for name, allowed in verdicts.items() if not allowed)


def _told(context: Any) -> tuple[dict[str, bool], bool]:
    """Return what was agreed to by category (``*``: all others), and "and" or "or"."""
    context = context if isinstance(context, Mapping) else {}
    managed = context.get("consentManagement")
    if isinstance(managed, Mapping):
        denied = _lower(managed.get("deniedConsentIds"))
        allowed = _lower(managed.get("allowedConsentIds"))
        told = dict.fromkeys(allowed, True) | dict.fromkeys(denied, False)
        if allowed or (denied and "allowedConsentIds" in managed):
            told["*"] = False  # whoever lists what is allowed has not allowed the rest
        elif denied:
            told["*"] = True
        strategy = str(managed.get("resolutionStrategy")).lower()
        return told, strategy not in _ONE_IS_ENOUGH
    stated = context.get("consent")
    preferences = (
        stated.get("categoryPreferences") if isinstance(stated, Mapping) else 0
    )
    if isinstance(preferences, Mapping):
        # a category that is not among them counts as refused, as Segment has it:
        # https://segment.com/docs/privacy/consent-management/
        told = {str(name).lower(): value is True for name, value in preferences.items()}
        return {"*": False, **told}, True
    return {}, True


def _lower(names: Any) -> list[str]:
    return [str(name).lower() for name in names] if isinstance(names, list) else []


def read_consent(
    categories: Any, unknown: Any, place: str, known: Iterable[str] = UNKNOWN
) -> ConsentRule:
    """Read a connection's ``consent`` and the workspace's ``unknown_consent``.

    Raises:
        Misconfigured: They are not written as they must be.
    """
    names = [categories] if isinstance(categories, str) else categories or []
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise Misconfigured(
            "expected a list of categories",
            place=f"{place}.consent",
            fix="Name them as the consent banner does, such as [advertising]",
        )
    if unknown not in known:
        raise Misconfigured(
            f"{unknown!r} is not understood",
            place="headwater.yml: privacy.unknown_consent",
            fix=f"Use one of {', '.join(known)}",
        )
    return ConsentRule(frozenset(map(str.lower, names)), unknown == "deliver")
