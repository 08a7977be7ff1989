from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from activation.destinations.google_analytics import GoogleAnalytics

# path of the peer's body -> why ours differs
DEVIATIONS = {
    "events[0].params.customProp-1": "a parameter's name may hold letters, digits and "
    "underscores only",
    "events[0].params.customProp-2": "as above",
    "events[0].params.customProp_1": "as above",
    "events[0].params.customProp_2": "as above",
    "events[0].params.currency": "the documentation asks for the currency that a value "
    "is in; the peer makes up USD for a lead that names none",
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
            (case["case"], *one) for one in differing if one[0] not in DEVIATIONS
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
