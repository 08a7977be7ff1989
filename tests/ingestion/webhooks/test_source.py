from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import yaml

from cdp.errors import Misconfigured
from cdp.settings import load_settings
from cdp.tracking_plan import load_plan
from ingestion.collector.limits import Limits
from ingestion.quarantine import Wanted
from ingestion.quarantine_retry import retry
from ingestion.sources.kinds import VENDORS
from ingestion.webhooks.open import open_webhooks
from ingestion.webhooks.source import MODULES
from tests.ingestion.collector.conftest import PROJECT
from tests.ingestion.webhooks.conftest import GENERIC
from tests.ingestion.webhooks.test_vendors import SOAP

CHARGE = {
    "id": "evt_1",
    "type": "charge.succeeded",
    "created": int(time.time()),
    "data": {"object": {"id": "ch_1", "amount": 3050, "currency": "usd"}},
}


def test_a_wrong_signature_is_refused_and_nothing_is_kept(hooks: Any) -> None:
    tampered = hooks.post("stripe", CHARGE, Stripe_Signature="t=1,v1=0")
    missing = httpx.post(f"{hooks.collector.url}/v1/webhook/stripe", json=CHARGE)
    unknown = httpx.post(f"{hooks.collector.url}/v1/webhook/nobody", json=CHARGE)

    assert (tampered.status_code, missing.status_code) == (401, 401)
    assert missing.text == "the webhook has no stripe-signature"
    assert unknown.status_code == 404
    assert hooks.collector.lines("accepted") == []
    assert hooks.collector.lines("quarantine") == []


def test_an_old_body_posted_again_is_refused(hooks: Any) -> None:
    answer = hooks.post("stripe", CHARGE, at=time.time() - 3600)

    assert answer.status_code == 401
    assert "300 seconds" in answer.text


def test_a_vendor_may_look_whether_the_address_is_there(hooks: Any) -> None:
    address = f"{hooks.collector.url}/v1/webhook/intercom"
    seen, asked = httpx.get(address), httpx.head(address)  # Intercom asks with HEAD

    assert (seen.status_code, seen.text) == (200, "OK")
    assert (asked.status_code, asked.text) == (200, "")


def test_hubspot_signs_an_address_without_its_escapes(hooks: Any) -> None:
    path = f"{hooks.collector.url}/v1/webhook/hubspot?to=a%40b.example%2Fc&name=%C3%A9"
    signed = path.replace("%40", "@").replace("%2F", "/")
    body = json.dumps([{"subscriptionType": "contact.creation", "objectId": 5}])
    headers = hooks.sign("hubspot", signed, body.encode(), time.time())

    answer = httpx.post(path, content=body, headers=headers)

    assert answer.status_code == 200, answer.text


def test_a_body_that_is_nested_without_end_is_kept_or_refused_in_a_sentence(
    hooks: Any,
) -> None:
    depths = (*range(900, 1000), 100_000)
    answers = [hooks.post("hubspot", b"[" * deep + b"]" * deep) for deep in depths]

    kept = [answer for answer in answers if answer.status_code == 200]
    refused = {(each.status_code, each.text) for each in answers if each not in kept}
    (log,) = hooks.collector.data_dir.glob("event_log/quarantine/0/*.ndjson")
    assert log.read_bytes().count(b"\n") == len(kept)
    assert refused == {(400, "the body is nested too deeply")}


def test_a_value_that_cannot_be_read_does_not_cost_the_body(hooks: Any) -> None:
    body = {"events": [{"kind": "msg.open", "id": 3, "mail": {"id": "HERE"}}]}
    half = json.dumps(body).replace("HERE", r"m \ud83d").encode()

    assert hooks.post("generic", half).status_code == 200
    (line,) = hooks.collector.lines("accepted")
    assert line["properties"] == {"email_id": "m ?"}


def test_one_bad_event_of_several_goes_to_quarantine_alone(hooks: Any) -> None:
    now = int(time.time())
    opened = {"email": "a@example.com", "event": "open", "timestamp": now}
    body = [
        {**opened, "sg_event_id": "e1", "sg_message_id": "m"},
        {**opened, "sg_event_id": "e2", "sg_message_id": "m", "timestamp": 1},
        {**opened, "sg_event_id": "e3", "sg_message_id": "m", "event": "sneezed"},
        "no event at all",
    ]

    answer = hooks.post("sendgrid", body)

    assert answer.status_code == 200
    (accepted,) = hooks.collector.lines("accepted")
    assert accepted["messageId"] == "sendgrid-e1"
    reasons = [row["reason"] for row in hooks.collector.lines("quarantine")]
    assert sorted(reasons) == [
        *("implausible_time", "unknown_webhook_type", "unknown_webhook_type")
    ]


def test_an_unknown_type_is_kept_whole(hooks: Any) -> None:
    odd = {"id": "evt_9", "type": "radar.early_fraud_warning.created", "data": {}}

    assert hooks.post("stripe", odd).status_code == 200

    (row,) = hooks.collector.lines("quarantine")
    assert row["sourceId"] == "stripe"
    assert row["event"] == odd["type"]
    assert row["body"]["item"] == odd


def test_what_was_set_apart_heals_when_it_is_mapped(hooks: Any) -> None:
    body = {"events": [{"kind": "msg.bounce", "id": 3, "member": {"login": "u"}}]}
    hooks.post("generic", body)
    hooks.collector.end()
    settings = workspace(hooks)
    before = retry(settings, Wanted())
    file = hooks.collector.project_dir / "headwater.yml"
    document = yaml.safe_load(file.read_text())
    document["sources"]["generic"]["event_names"]["msg.bounce"] = "email_bounced"
    file.write_text(yaml.safe_dump(document))

    first = retry(workspace(hooks), Wanted())
    second = retry(workspace(hooks), Wanted())

    assert before.readmitted.total() == 0
    assert first.readmitted.total() == 1
    assert (second.readmitted.total(), second.already) == (0, 1)
    (line,) = hooks.collector.lines("accepted")
    assert (line["event"], line["userId"]) == ("email_bounced", "u")
    assert line["messageId"] == "generic-3"


def workspace(hooks: Any) -> Any:
    return load_settings(
        {
            "CDP_PROJECT_DIR": str(hooks.collector.project_dir),
            "CDP_DATA_DIR": str(hooks.collector.data_dir),
        }
    )


def test_salesforce_reads_an_acknowledgement(hooks: Any) -> None:
    answer = hooks.post("salesforce", SOAP)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Ack>true</Ack>" in answer.text


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            SOAP.replace(b"00D000000000001EAA", b"00D000000000009EAA"),
            401,
            "another org",
        ),
        (b"<a>", 400, "not valid XML"),
        (b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>", 400, "document type"),
        (b"<a/>", 400, "no notification"),
    ],
)
def test_a_message_that_is_not_the_companys_is_refused(
    hooks: Any, body: bytes, status: int, words: str
) -> None:
    answer = hooks.post("salesforce", body)

    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize("vendor", ["stripe", "shopify", "hubspot", "sendgrid"])
@pytest.mark.parametrize("body", [b"{", b"7", b"null", b'"x"'])
def test_a_body_that_cannot_be_read_is_refused(
    hooks: Any, vendor: str, body: bytes
) -> None:
    assert hooks.post(vendor, body).status_code == 400


def test_what_was_acknowledged_survives_a_kill(hooks: Any) -> None:
    assert hooks.post("stripe", CHARGE).status_code == 200
    hooks.collector.end(signal.SIGKILL)

    (line,) = hooks.collector.lines("accepted")
    assert line["messageId"] == "stripe-evt_1"
    hooks.collector.start()
    assert hooks.post("stripe", CHARGE).status_code == 200
    assert len(hooks.collector.lines("accepted")) == 1


def test_a_new_secret_and_the_old_one_work_side_by_side(
    make_hooks: Callable[..., Any],
) -> None:
    both = {"kind": "webhook", "vendor": "shopify", "secret": ["next", "shared-secret"]}
    hooks = make_hooks(shopify=both)

    answer = hooks.post("shopify", {"id": 1}, X_Shopify_Topic="customers/create")

    assert answer.status_code == 200
    assert hooks.collector.lines("accepted")[0]["event"] == "signed_up"


@pytest.mark.parametrize(
    ("section", "place", "words"),
    [
        ({"vendor": "fax"}, "vendor", "no webhooks that are known"),
        ({"vendor": "stripe"}, "secret", "needs the secret"),
        ({"vendor": "generic", "secret": "s"}, "event", "which event comes"),
        (
            {"vendor": "generic", "secret": "s", "event": "e", "signature": {"a": 1}},
            "signature.header",
            "names its header",
        ),
        ({"vendor": "stripe", "secret": "${HOOK_SECRET}"}, "secret", "HOOK_SECRET"),
        ({"vendor": "sendgrid", "secret": "shared"}, "secret", "no public key"),
    ],
)
def test_a_source_that_is_not_complete_is_the_operators_turn(
    hooks: Any, section: dict[str, Any], place: str, words: str
) -> None:
    file = hooks.collector.project_dir / "headwater.yml"
    source = {"kind": "webhook", **section}
    file.write_text(json.dumps({"sources": {"tool": source}}))
    settings = workspace(hooks)

    with pytest.raises(Misconfigured) as refusal:
        open_webhooks(settings, load_plan(PROJECT / "tracking_plan"), Limits())

    assert refusal.value.place == f"headwater.yml: sources.tool.{place}"
    assert words in refusal.value.message


def test_the_example_of_the_page_is_what_the_tests_post_to() -> None:
    page = (PROJECT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    example = page.split("## Any other tool")[1].split("```yaml\n")[1].split("```")[0]

    assert yaml.safe_load(example) == GENERIC


@pytest.mark.parametrize("vendor", sorted({*MODULES, "generic"}))
def test_every_vendor_is_on_the_page_and_in_the_schema(vendor: str) -> None:
    page = (PROJECT / "docs" / "webhooks.md").read_text(encoding="utf-8")

    assert f"| `{vendor}` |" in page
    assert vendor in VENDORS


def test_an_unknown_type_that_comes_twice_is_one_message(hooks: Any) -> None:
    odd = {"id": "evt_9", "type": "radar.early_fraud_warning.created", "data": {}}

    for _ in range(2):
        hooks.post("stripe", odd)

    rows = hooks.collector.lines("quarantine")
    assert len({row["messageId"] for row in rows}) == 1
    assert rows[0]["messageId"]
