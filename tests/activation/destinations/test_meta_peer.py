from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from activation.destinations.meta import Meta

# path and value of the peer's body -> why ours differs
DEVIATIONS = {
    r"custom_data\.(value 0|currency 'USD')": "the peer makes up 0 and USD where the "
    "event names none; the documentation asks for the worth, which products add up to",
    r"custom_data\.(email|phone) .*": "the documentation wants contact details in "
    "user_data only",
    r"custom_data\.content_(name|category) ''": "the peer sends empty texts",
    r"custom_data\.(content_ids\[0\]|contents\[0\]\.id) 'cat 1'": "the documentation "
    "wants ids of products; the peer sends a category",
    r"custom_data\.content_type 'product_group'": "as above",
    r"custom_data\.contents\[0\]\.quantity 1": "as above",
    r"custom_data\.num_items 2": "the documentation counts items; the peer lines",
    r"user_data\.(em|ph) None": "what properties tell is hashed as well: the "
    "documentation asks for all that is known",
    r"user_data\.(fn|ln) .*": "the documentation asks for lower case before hashing",
    r"app_data\..* None": "the documentation requires it of an app's event",
    r"event_name 'Viewed a page'": "PageView is the documented standard event",
}


def test_bodies_agree_with_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]],
    compare: Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]],
) -> None:
    fields, unlike = 0, []
    for case in peer_cases("meta_conversions"):
        theirs = json.loads(case["expected_requests"][0]["body"]["FORM"]["data"][0])
        count, differing = compare(theirs, _as_the_peer(case))
        known = [one for one in differing if _is_known(one[0], one[1])]
        fields += count - len(known)
        unlike += [(case["case"], *one) for one in differing if one not in known]
    assert fields > 200
    assert len(unlike) <= 0.05 * fields, unlike


def _is_known(path: str, theirs: Any) -> bool:
    return any(re.fullmatch(one, f"{path} {theirs!r}") for one in DEVIATIONS)


def _as_the_peer(case: dict[str, Any]) -> dict[str, Any]:
    config, event = case["destination_config"], case["event"]
    names = {one["from"]: one["to"] for one in config["eventsToEvents"] if one["from"]}
    if config.get("advancedMapping"):
        names["identify"] = "identify"
    limited = "dataProcessingOptions" in event["context"]
    settings = {
        "pixel_id": config["pixelId"],
        "access_token": config["accessToken"],
        "external_id": not config.get("removeExternalId"),
        "limited_data_use": bool(config.get("limitedDataUsage")) and limited,
        "event_names": names,
    }
    ours = Meta(settings, now=lambda: datetime(2019, 9, 2, tzinfo=UTC))
    (payload,) = ours.translate(event)
    ours.close()
    return payload.body
