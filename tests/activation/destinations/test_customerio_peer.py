from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from activation.destinations.customerio import CustomerIo

# path of the peer's body -> why ours differs
DEVIATIONS = {
    r"type": "v2 says what it is by its action: event, page or screen",
    r"prop[12]": "user_properties is no field of the event spec",
    r"name (screen|page)": "v2 has an action for screens, which keeps their name, and a"
    " page needs a name",
    r"attributes\.action": "the action is told beside the attributes",
}
NOT_OURS = {0: "it has no time; the collector sets one"}


def test_bodies_agree_with_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]],
    compare: Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]],
) -> None:
    fields, unlike = 0, []
    for number, case in enumerate(peer_cases("customerio")):
        if number in NOT_OURS:
            continue
        theirs = case["expected_requests"][0]
        kind = case["event"]["type"]
        count, differing = compare(
            {**theirs["body"]["JSON"], **_person_of(theirs)}, _as_v1(_translated(case))
        )
        known = [one for one in differing if _is_known(one[0], kind)]
        fields += count - len(known)
        unlike += [(number, *one) for one in differing if one not in known]
    assert fields > 200
    assert len(unlike) <= 0.05 * fields, unlike


def _is_known(path: str, kind: str) -> bool:
    return any(
        re.fullmatch(pattern, each)
        for pattern in DEVIATIONS
        for each in (path, f"{path} {kind}")
    )


def _translated(case: dict[str, Any]) -> dict[str, Any]:
    config, event = case["destination_config"], dict(case["event"])
    event.setdefault("timestamp", event.get("originalTimestamp"))
    event.setdefault("messageId", "1")
    ours = CustomerIo(
        {
            "site_id": config["siteID"],
            "api_key": config["apiKey"],
            "device_events": [config.get("deviceTokenEventName", "none")],
        }
    )
    (payload,) = ours.translate(event)
    ours.close()
    return payload.body


def _person_of(theirs: dict[str, Any]) -> dict[str, Any]:
    """Return whom the peer's address names; v1 has people in the path."""
    found = re.search(r"/customers/([^/]+)(/devices/(.+))?", theirs["endpoint"])
    if not found:
        return {}
    token = {"token": found.group(3)} if found.group(3) else {}
    return {"person": found.group(1), **token}


def _as_v1(body: dict[str, Any]) -> dict[str, Any]:
    """Return an operation of v2 as v1 has it: the same fields at other places."""
    if body["type"] == "object":
        return body
    whom = {
        name if name == "anonymous_id" else "person": each
        for name, each in body["identifiers"].items()
    }
    if body["action"] == "identify":
        return {**body["attributes"], "_timestamp": body["timestamp"], **whom}
    if body["action"] == "delete_device":
        return {**body["device"], **whom}
    if body["action"] == "add_device":
        told = dict(body["device"])
        more, token = told.pop("attributes"), told.pop("token")
        return {"device": {**more, **told, "id": token}, **whom}
    rest = {name: body[name] for name in ("name", "timestamp")}
    return {**rest, "data": body["attributes"], **whom}
