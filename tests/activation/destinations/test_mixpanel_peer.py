from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from activation.destinations.mixpanel import Mixpanel

# path of the peer's body -> why ours differs
DEVIATIONS = {
    r"properties\.token": "the import is authorised by a service account",
    r"properties\.(city|country|email|firstName|lastName|anonymousId|userId)": "traits "
    "are the profile's; the import API asks for an event's own properties",
    r"properties\.mp_device_model": "$model is its present name",
    r"properties\.\$insert_id": "36 characters at most: a longer messageId is hashed "
    "whole, of which the peer takes the end",
    r"properties\.distinct_id": "a device has the prefix of the simplified merge",
    r"properties\.\$device_id": "the simplified merge joins by it, whichever event",
    r"\$distinct_id": "as distinct_id",
    r"\$time": "no field of the documented profile update",
    r"\$ip": "0 where the event has no address: else the vendor places people where "
    "our servers stand",
    r"\$set\.\$(first|last)_?[nN]ame": "the reserved names are $first_name, $last_name",
    r"\$set\.\$(ios|android)_.*": "device tokens are for the vendor's own SDK; "
    "the rest repeats $model and $os",
}
# the peer's requests that have no counterpart
LEFT_OUT = ("$transactions", "$merge")


def test_bodies_agree_with_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]],
    compare: Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]],
) -> None:
    fields, unlike = 0, []
    for number, case in enumerate(peer_cases("mixpanel")):
        theirs = [_body_of(one) for one in case["expected_requests"]]
        theirs = [
            one for one in theirs if not any(each in str(one) for each in LEFT_OUT)
        ]
        ours = _translated(case)
        assert len(theirs) == len(ours), number
        for their, our in zip(theirs, ours, strict=True):
            count, differing = compare(their, our)
            known = [
                one
                for one in differing
                if any(re.fullmatch(each, one[0]) for each in DEVIATIONS)
            ]
            fields += count - len(known)
            unlike += [(number, *one) for one in differing if one not in known]
    assert fields > 300
    assert len(unlike) <= 0.05 * fields, unlike


def _body_of(request: dict[str, Any]) -> dict[str, Any]:
    (body,) = json.loads(request["body"]["JSON_ARRAY"]["batch"])
    return dict(body)


def _translated(case: dict[str, Any]) -> list[dict[str, Any]]:
    config, event = case["destination_config"], dict(case["event"])
    event["timestamp"] = event.get("timestamp") or event.get("originalTimestamp")
    event.setdefault("messageId", "none")
    ours = Mixpanel(
        {
            "project_id": "1",
            "service_account": "a",
            "service_secret": "s",
            "token": config.get("token") or config.get("apiKey"),
            "groups": [one["groupKey"] for one in config.get("groupKeySettings", [])],
        }
    )
    bodies = [payload.body for payload in ours.translate(event)]
    ours.close()
    bodies = [json.loads(json.dumps(one)) for one in bodies]
    for body in bodies:
        if "properties" in body:  # the peer's seconds are as good as milliseconds
            body["properties"]["time"] //= 1000
    return [one for one in bodies if one.get("event") != "$identify"]
