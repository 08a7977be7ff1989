from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from activation.destinations.delivery import Patience, deliver_patiently
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.registry import EVENTS, RECORDS
from activation.destinations.webhook import KIND, Webhook, WebhookRecords
from cdp.errors import Misconfigured, Rejected

Make = Callable[..., dict[str, Any]]

# path in the peer's request: why ours differs
DEVIATIONS: dict[str, str] = {}


def settings_of(config: dict[str, Any]) -> dict[str, Any]:
    headers = {one["from"]: one["to"] for one in config.get("headers", [])}
    return {
        "url": config["webhookUrl"],
        "method": config.get("webhookMethod", "POST"),
        "headers": headers,
        "routed_by_event": True,
    }


def open_webhook(url: str, **settings: Any) -> Webhook:
    section = {"url": url, "allow_private": True} | settings
    return Webhook(section, clock=lambda: 1_790_848_801.9)


def test_requests_are_the_peers(
    peer_cases: Callable[[str], list[dict[str, Any]]], compare: Callable[..., Any]
) -> None:
    fields, unlike = 0, []
    for case in peer_cases("webhook"):
        webhook = Webhook(settings_of(case["destination_config"]))
        (payload,) = webhook.translate(case["event"])
        request = webhook.request([payload.encoded()])
        webhook.close()
        (theirs,) = case["expected_requests"]
        parts = urlsplit(request.url)
        asked = dict(parse_qsl(urlsplit(theirs["endpoint"]).query)) | {
            name: str(value) for name, value in theirs["params"].items()
        }
        headers = dict(request.headers)
        assert headers.pop("Idempotency-Key")
        assert headers == theirs["headers"]
        assert request.method == theirs["method"]
        assert (parts.netloc, parts.path) == urlsplit(theirs["endpoint"])[1:3]
        assert dict(parse_qsl(parts.query)) == asked
        ours = json.loads(request.content or b"{}")
        count, different = compare(theirs["body"]["JSON"], ours)
        fields += count
        unlike += [one for one in different if one[0] not in DEVIATIONS]

    assert fields > 200
    assert len(unlike) <= 0.05 * fields, unlike


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"event": "Order Completed", "properties": {"total": 12.30}},
        {"type": "identify", "event": None, "traits": {"email": "a@b.example"}},
        {"type": "page", "event": None, "name": "Home"},
        {"type": "screen", "event": None, "name": "Home"},
        {"type": "group", "event": None, "groupId": "g1"},
        {"type": "alias", "event": None, "previousId": "old"},
    ],
)
def test_every_type_is_posted_as_it_is(
    event: Make, fields: dict[str, Any], tool: Any
) -> None:
    sent = event(7, **fields)
    before = copy.deepcopy(sent)
    webhook = open_webhook(tool.url + "/in")

    (payload,) = webhook.translate(sent)
    outcomes = webhook.deliver([payload.encoded()])
    webhook.close()

    assert outcomes == [Outcome(Status.DELIVERED, http_status=200)]
    assert tool.seen[0].json == sent == before
    assert tool.seen[0].headers["idempotency-key"] == sent["messageId"]
    assert (tool.seen[0].method, tool.seen[0].path) == ("POST", "/in")


def test_a_batch_is_an_array_with_one_key(event: Make, tool: Any) -> None:
    webhook = open_webhook(tool.url, batch_size=100)
    items = [
        one.encoded() for each in range(3) for one in webhook.translate(event(each))
    ]

    outcomes = webhook.deliver(items)
    webhook.deliver(items)
    webhook.close()

    assert len(outcomes) == 3
    assert webhook.limits.records == 100
    first, second = tool.seen
    assert [one["messageId"][-1] for one in first.json] == ["0", "1", "2"]
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_the_address_is_filled_with_encoded_values(event: Make, tool: Any) -> None:
    webhook = open_webhook(
        tool.url + "/users/{{ userId }}/{{ properties.sku }}", query={"v": 2}
    )
    sent = event(userId="a/b?c", properties={"sku": "x y"})
    (payload,) = webhook.translate(sent)

    webhook.deliver([payload.encoded()])

    assert payload.lane.endswith("/users/a%2Fb%3Fc/x%20y")
    assert tool.seen[0].query == {"v": "2"}
    with pytest.raises(Rejected, match=r"webhook\.url"):
        webhook.translate(event())
    webhook.close()


def test_an_event_leads_nowhere_else_unless_it_is_allowed_to(event: Make) -> None:
    webhook = open_webhook("https://receiver.example.com/in")
    (payload,) = webhook.translate(event(fullPath="https://evil.example.com/"))
    webhook.close()

    assert payload.lane == "https://receiver.example.com/in"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0"]
)
def test_a_private_address_is_not_called(event: Make, tool: Any, host: str) -> None:
    port = urlsplit(tool.url).port
    webhook = Webhook({"url": f"http://{host}:{port}/"})
    (payload,) = webhook.translate(event())

    with pytest.raises(NotTaken) as refusal:
        webhook.deliver([payload.encoded()])
    webhook.close()

    assert refusal.value.outcome.status is Status.MISCONFIGURED
    assert "PrivateAddress" in refusal.value.outcome.reason
    assert tool.seen == []


def test_one_bad_event_of_a_batch_is_found(
    event: Make, tool: Any, hasty: Patience
) -> None:
    for answer in (400, 200, 400, 200, 400):
        tool.answers_with(answer)
    webhook = open_webhook(tool.url, batch_size=10)
    items = [
        one.encoded() for each in range(4) for one in webhook.translate(event(each))
    ]

    outcomes = deliver_patiently(webhook, items, hasty)
    webhook.close()

    statuses = [one.status for one in outcomes]
    assert statuses == [*[Status.DELIVERED] * 3, Status.REJECTED]


def test_rows_say_what_became_of_them(tool: Any) -> None:
    section = {"url": tool.url + "/{{ id }}", "allow_private": True, "method": "PUT"}
    webhook = WebhookRecords(section, "customer", "id")

    webhook.deliver([webhook.prepare({"id": "c1", "tier": "gold"})])
    webhook.deliver([webhook.prepare_removal({"id": "c1"})])
    webhook.close()

    assert [one.json for one in tool.seen] == [
        {
            "action": "upsert",
            "object": "customer",
            "key": "c1",
            "record": {"id": "c1", "tier": "gold"},
        },
        {
            "action": "delete",
            "object": "customer",
            "key": "c1",
            "record": {"id": "c1"},
        },
    ]
    assert [(one.method, one.path) for one in tool.seen] == [("PUT", "/c1")] * 2


@pytest.mark.parametrize(
    "settings",
    [{"method": "BREW"}, {"method": "GET", "batch_size": 5}, {"url": "{{ userId"}],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        Webhook({"url": "https://receiver.example.com"} | settings)


def test_the_kind_is_the_registrys() -> None:
    assert KIND.name in EVENTS
    assert KIND.name in RECORDS


@pytest.mark.parametrize(
    "message_id", ["café", "a\nb", "a\r\nX-Evil: 1", "x" * 999, "🛒"]
)
def test_any_message_id_makes_a_key(event: Make, tool: Any, message_id: str) -> None:
    ours = Webhook({"url": tool.url, "allow_private": True})
    items = [one.encoded() for one in ours.translate(event(messageId=message_id))]

    (first,), (again,) = ours.deliver(items), ours.deliver(items)
    ours.close()

    assert (first.status, again.status) == ("delivered", "delivered")
    keys = {seen.headers["idempotency-key"] for seen in tool.seen}
    assert [len(key) for key in keys] == [64]
    assert tool.seen[0].json["messageId"] == message_id


@pytest.mark.parametrize(
    "header", [{"X-Name": "café"}, {"X-Name": "a\nb"}, {"X Name": "b"}, {"": "b"}]
)
def test_a_header_that_is_none_rejects_its_event(
    event: Make, header: dict[str, str]
) -> None:
    ours = Webhook({"url": "https://x.example.com", "routed_by_event": True})

    with pytest.raises(Rejected, match="a header that HTTP cannot carry"):
        ours.translate(event(header=header))
    ours.close()


@pytest.mark.parametrize(
    "path",
    ["nonsense", "http://[::1", "http://169.254.169.254/"],
)
def test_an_address_of_an_event_that_leads_nowhere_is_that_events_fault(
    event: Make, path: str
) -> None:
    ours = Webhook({"url": "https://x.example.com", "routed_by_event": True})
    items = [one.encoded() for one in ours.translate(event(fullPath=path))]

    with pytest.raises(NotTaken) as refused:
        ours.deliver(items)
    ours.close()

    assert refused.value.outcome.status == "rejected"


@pytest.mark.parametrize(
    ("url", "status"), [("/{{ userId }}", "rejected"), ("/all", "misconfigured")]
)
def test_whom_the_receiver_does_not_know_stops_nobody_else(
    event: Make, tool: Any, url: str, status: str
) -> None:
    tool.answers_with(404)
    ours = Webhook({"url": tool.url + url, "allow_private": True})
    items = [one.encoded() for one in ours.translate(event(userId="u1"))]

    with pytest.raises(NotTaken) as refused:
        ours.deliver(items)
    ours.close()

    assert refused.value.outcome.status == status
