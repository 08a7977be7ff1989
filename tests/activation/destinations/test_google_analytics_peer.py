from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from activation.destinations.google_analytics import GoogleAnalytics

# path and value of the peer's body -> why ours differs
PARAMETER = "events[0].params."
AS_NAMES = "a parameter's name may hold letters, digits and underscores only"
DEVIATIONS = {
    f"{PARAMETER}customProp-1 check-1": AS_NAMES,
    f"{PARAMETER}customProp-2 check-2": AS_NAMES,
    f"{PARAMETER}customProp_1 None": AS_NAMES,
    f"{PARAMETER}customProp_2 None": AS_NAMES,
    f"{PARAMETER}currency USD": "the documentation asks for the currency of the value; "
    "the peer makes up USD for a lead that names none",
}
NOT_OURS = {70: "the collector refuses an event without anonymousId and userId"}


def test_bodies_agree_with_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]],
    compare: Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]],
) -> None:
    fields, unlike = 0, []
    for case in peer_cases("ga4"):
        if case["case"] in NOT_OURS:
            continue
        theirs = case["expected_requests"][0]["body"]["JSON"]
        count, differing = compare(theirs, _as_the_peer(case))
        fields += count
        unlike += [
            (case["case"], *one)
            for one in differing
            if f"{one[0]} {one[1]}" not in DEVIATIONS
        ]
    assert fields > 500
    assert len(unlike) <= 0.05 * fields, unlike


def _as_the_peer(case: dict[str, Any]) -> dict[str, Any]:
    config, event = case["destination_config"], dict(case["event"])
    is_app = config.get("typesOfClient") == "firebase"
    settings = {
        "api_secret": config["apiSecret"],
        "measurement_id": "" if is_app else config["measurementId"],
        "firebase_app_id": config["firebaseAppId"] if is_app else "",
        "client_id_path": config.get("clientIdFieldIdentifier", ""),
    }
    moment = event.get("timestamp") or event.get("originalTimestamp")
    event["timestamp"] = moment or "2022-04-26T05:17:09Z"  # the collector sets one
    now = datetime(2022, 4, 26, 6, tzinfo=UTC)
    (payload,) = GoogleAnalytics(settings, now=lambda: now).translate(event)
    body = dict(payload.body)
    return body if moment else _without_time(body)


def _without_time(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "timestamp_micros"}
