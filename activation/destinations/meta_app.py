"""Meta: the app and the device that an app's event comes from.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/app-data
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.destinations.mapping import find, first, lower, text
from cdp.errors import Rejected

# by the system, the version of the list below
_VERSIONS = {"ios": "i2", "ipados": "i2", "android": "a2"}
_SYSTEM = ("context.os.name", "context.device.type")
_PATHS = (
    *("context.app.namespace", "context.app.version", "context.app.build"),
    *("context.os.version", "context.device.model", "context.locale"),
    *("", "context.network.carrier", "context.screen.width"),
    *("context.screen.height", "context.screen.density", "", "", ""),
    "context.timezone",
)
_AUTHORIZED = "3"  # Apple's answer to whether an app may track


def app_data(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Meta must know of an event that happened in an app.

    Whether a person may be tracked is what the SDK says, and no where it says nothing.

    Raises:
        Rejected: The event does not say on which system it happened.
    """
    version = next(
        (
            found
            for path in _SYSTEM
            if (found := _VERSIONS.get(lower(find(event, path)) or ""))
        ),
        None,
    )
    if version is None or text(find(event, "context.os.version")) is None:
        raise Rejected(
            "Meta asks for system and version of an app's event",
            place="context.os",
            fix="Send context.os.name (iOS, Android) and context.os.version, or set"
            " action_source",
        )
    may_track = int(_may_track(event))
    told = [text(find(event, path)) if path else None for path in _PATHS]
    return {
        "advertiser_tracking_enabled": may_track,
        "application_tracking_enabled": may_track,
        "extinfo": [version, *(one or "" for one in told)],
    }


def advertising_id(event: Mapping[str, Any]) -> str | None:
    """Return the device's advertising id where it may be used."""
    if not _may_track(event):
        return None
    return text(find(event, "context.device.advertisingId"))


def _may_track(event: Mapping[str, Any]) -> bool:
    said = first(
        event, ("context.device.adTrackingEnabled", "context.device.attTrackingStatus")
    )
    return said is True or str(said).lower() in {"true", _AUTHORIZED}
