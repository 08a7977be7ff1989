"""The spec's ``integrations``: which tools the sender wants an event to reach.

Senders name a tool as its SDK's vendor shows it: "Google Analytics 4", "Customer.io",
"Amplitude (Actions)". What runs in a browser under a name of its own (a pixel, a gtag)
is another thing: switching that off says nothing about us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_OTHER_NAMES = {
    "google_ads": (
        *("googleadwords", "googleadsconversions", "googleadsenhancedconversions"),
        *("googleadwordsenhancedconversions", "googleadsofflineconversions"),
        "googleadwordsofflineconversions",
    ),
    "google_analytics": ("googleanalytics4", "googleanalytics4ga4", "ga4"),
    "meta": (
        *("facebook", "facebookconversions", "facebookconversionsapi"),
        *("metaconversions", "metaconversionsapi"),
    ),
    "object_storage": ("s3", "amazons3", "awss3", "googlecloudstorage", "gcs"),
    "postgres": ("postgresql",),
    "webhook": ("webhooks",),
}
_NOT_A_LETTER = re.compile(r"[\W_]+")
_WAY_OF_SENDING = re.compile(r"^actions|actions$|(?:cloudmode|cloud)(?:actions)?$")


def is_wanted(event: Mapping[str, Any], destination_name: str, kind: str) -> bool:
    """Return whether the sender wants an event to reach a destination.

    By the destination's own name in ``headwater.yml``, else by its kind in any usual
    spelling, else as ``All`` says, which defaults to yes.
    """
    integrations = event.get("integrations")
    if not isinstance(integrations, Mapping):
        return True
    told = {_squashed(str(name)): wanted for name, wanted in integrations.items()}
    for name in _names_of(destination_name, kind):
        if name in told:
            return told[name] is not False
    return told.get("all") is not False


@lru_cache(maxsize=1024)
def _names_of(destination_name: str, kind: str) -> tuple[str, ...]:
    usual = (destination_name, kind, *_OTHER_NAMES.get(kind, ()))
    return tuple(dict.fromkeys(_squashed(name) for name in usual))


@lru_cache(maxsize=4096)
def _squashed(name: str) -> str:
    """Return a name without blanks, punctuation, case and the way it is sent."""
    letters = _NOT_A_LETTER.sub("", name.lower())
    return _WAY_OF_SENDING.sub("", letters) or letters
