"""The network address cut to its network, so that it names no household (mask)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

_KEPT_BITS = {4: 24, 6: 48}


def transform(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event with ``context.ip`` cut to /24, or /48 for version 6."""
    context = event.get("context") or {}
    if "ip" not in context:
        return event
    try:
        address = ip_address(context["ip"])
    except ValueError:
        kept = {name: value for name, value in context.items() if name != "ip"}
        return {**event, "context": kept}
    network = ip_network((address, _KEPT_BITS[address.version]), strict=False)
    return {**event, "context": {**context, "ip": str(network.network_address)}}
