from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.slack import Slack
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]

# path in the peer's message: why ours differs
DEVIATIONS: dict[str, str] = {}
RULES = [
    {
        "event": "order_completed",
        "template": "{{ name }}: {{ properties.total }} {{ properties.currency }}",
        "channel": "#orders",
    },
    {"event": "^wholesale_", "is_pattern": True, "channel": "#sales"},
]
TRAITS = {"first_name": "Ada", "last_name": "L", "email": "ada@x.example", "vip": True}


def settings_of(config: dict[str, Any]) -> dict[str, Any]:
    rules = [
        {
            "event": one["eventName"],
            "is_pattern": one["eventRegex"],
            "channel": one.get("eventChannel"),
            "template": one.get("eventTemplate"),
        }
        for key in ("eventChannelSettings", "eventTemplateSettings")
        for one in config[key]
        if one["eventName"]
    ]
    return {
        "webhook_url": config["webhookUrl"],
        "events": rules,
        "identify_template": config["identifyTemplate"],
        "traits": [
            one["trait"] for one in config["whitelistedTraitsSettings"] if one["trait"]
        ],
        # the peer writes its own name and picture into every message
        "username": "RudderStack",
        "icon_url": "https://cdn.rudderlabs.com/rudderstack.png",
    }


def test_messages_are_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]], compare: Callable[..., Any]
) -> None:
    fields, unlike = 0, []
    for case in peer_cases("slack"):
        slack = Slack(settings_of(case["destination_config"]))
        (payload,) = slack.translate(case["event"])
        request = slack.request([payload.encoded()])
        slack.close()
        (theirs,) = case["expected_requests"]
        assert (request.method, request.url) == (theirs["method"], theirs["endpoint"])
        body = json.loads(theirs["body"]["FORM"]["payload"])
        count, different = compare(body, json.loads(request.content))
        fields += count
        unlike += [one for one in different if one[0] not in DEVIATIONS]

    assert fields >= 4
    assert unlike == []


@pytest.mark.parametrize(
    ("fields", "text", "channel"),
    [
        (
            {"event": "order_completed", "properties": {"total": 9.9}},
            "device-1: 9.9",
            "#orders",
        ),
        (
            {
                "event": "Order Completed",
                "properties": {"total": 10, "currency": "EUR"},
                "context": {"traits": TRAITS},
            },
            "Ada L: 10 EUR",
            "#orders",
        ),
        (
            {"event": "wholesale_enquiry_submitted", "userId": "u1"},
            "u1 did wholesale_enquiry_submitted",
            "#sales",
        ),
        (
            {"type": "identify", "event": None, "traits": TRAITS},
            "new: vip: true, first_name: Ada",
            "#all",
        ),
    ],
)
def test_an_event_becomes_the_message_of_its_rule(
    event: Make, fields: dict[str, Any], text: str, channel: str
) -> None:
    slack = Slack(
        {
            "webhook_url": "https://hooks.slack.com/services/T/B/x",
            "events": RULES,
            "channel": "#all",
            "identify_template": "new: {{ {'vip': traits.vip} }}, "
            "first_name: {{ traits.first_name }}",
        }
    )
    sent = event(**fields)
    before = copy.deepcopy(sent)

    (payload,) = slack.translate(sent)
    slack.close()

    assert payload.body == {"text": text, "channel": channel}
    assert sent == before


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "product_viewed"},
        {"type": "identify", "event": None},
        {"type": "page", "event": None, "name": "Home"},
        {"type": "screen", "event": None},
        {"type": "group", "event": None, "groupId": "g"},
        {"type": "alias", "event": None, "previousId": "x"},
    ],
)
def test_what_no_rule_asks_for_is_no_message(
    event: Make, fields: dict[str, Any]
) -> None:
    slack = Slack({"webhook_url": "https://hooks.slack.com/x", "events": RULES})

    assert slack.translate(event(**fields)) == ()
    slack.close()


def test_a_value_mentions_nobody_and_unlisted_traits_stay_hidden(event: Make) -> None:
    rule = {"event": ".", "is_pattern": True}
    rule["template"] = "{{ name }} {{ properties.note }} {{ traits }}"
    slack = Slack(
        {
            "webhook_url": "https://hooks.slack.com/x",
            "events": [rule],
            "traits": ["vip"],
        }
    )
    sent = event(
        userId="u1",
        properties={"note": "<!channel> & co"},
        context={"traits": {"email": "ada@x.example", "vip": True}},
    )

    (payload,) = slack.translate(sent)
    slack.close()

    assert payload.body["text"] == "u1 &lt;!channel&gt; &amp; co vip: true"


def test_an_empty_message_is_rejected(event: Make) -> None:
    rules = [{"event": "product_viewed", "template": "{{ properties.missing }}"}]
    slack = Slack({"webhook_url": "https://hooks.slack.com/x", "events": rules})

    with pytest.raises(Rejected, match="empty"):
        slack.translate(event())
    slack.close()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"webhook_url": "https://x.example", "token": "xoxb"},
        {"token": "xoxb", "events": [{"event": "a"}]},
        {"token": "xoxb", "events": [{"event": "(", "is_pattern": True}]},
        {"token": "xoxb", "events": [{"event": "a", "template": "{{"}]},
        {"token": "xoxb", "identify_template": "{% nothing %}"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match="slack"):
        Slack(settings)
