from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from activation.destinations.intercom import Intercom

# field of the peer's body -> why ours differs
DEVIATIONS = {
    r"(update_last_request_at|last_seen_user_agent)": "no field of the current API",
    r"companies\[0\]\.company_id": "a company without an id is known by its name",
    r"metadata\.properties6": "metadata that is null says nothing",
    r"companies\[0\]\.custom_attributes\.key[34].*": "nested attributes are flat, as a"
    " contact's are; the peer writes a company's as JSON",
    r"role": "the current API tells users from leads",
    r"created(_at)?": "the event's own second is created_at in the current API",
}


def test_bodies_agree_with_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]],
    compare: Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]],
) -> None:
    fields, unlike = 0, []
    for number, case in enumerate(peer_cases("intercom")):
        event = {"timestamp": "2020-09-30T19:11:00Z", **case["event"]}
        anonymous = bool(case["destination_config"].get("sendAnonymousId"))
        theirs = [_renamed(one["body"]["JSON"]) for one in case["expected_requests"]]
        ours = _as_the_peer(_translated(event, anonymous=anonymous))
        for their, our in zip(theirs, ours, strict=True):
            count, differing = compare(their, our)
            known = [
                one
                for one in differing
                if any(re.fullmatch(each, one[0]) for each in DEVIATIONS)
            ]
            fields += count - len(known)
            unlike += [(number, *one) for one in differing if one not in known]
    assert fields > 60
    assert len(unlike) <= 0.05 * fields, unlike


def _as_the_peer(payloads: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return payloads as the former API had them: companies within a user."""
    lanes = dict(payloads)
    bodies = [body for lane, body in payloads if lane != "memberships"]
    bodies = [
        {"external_id" if k == "user_id" else k: v for k, v in b.items()}
        for b in bodies
    ]
    if "memberships" in lanes:
        told = lanes["companies"]
        if "contacts" in lanes:
            return [{**bodies[0], "companies": [told]}]
        short = {name: told[name] for name in ("company_id", "name")}
        bodies.append({**lanes["memberships"]["contact"], "companies": [short]})
    return bodies


def _renamed(value: Any) -> Any:
    """Return the peer's names as the current API has them."""
    if isinstance(value, list):
        return [_renamed(each) for each in value]
    if not isinstance(value, dict):
        return value
    names = {name: re.sub(r"[.\[\]]+", "_", name).rstrip("_") for name in value}
    names |= {"user_id": "external_id"}
    return {names[name]: _renamed(each) for name, each in value.items()}


def _translated(event: dict[str, Any], *, anonymous: bool) -> list[tuple[str, Any]]:
    ours = Intercom({"access_token": "t", "anonymous": anonymous})
    found = [(payload.lane, payload.body) for payload in ours.translate(event)]
    ours.close()
    return found
