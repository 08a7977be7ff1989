from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.collector.body import Unknown
from ingestion.collector.webhook import WebhookRequest
from ingestion.webhooks.signatures import declared_scheme, verify
from ingestion.webhooks.source import verify_signature

CASES = Path(__file__).parents[4] / "shared" / "cases" / "webhook_signatures.json"
NAMES = {"segment_webhook": "segment"}
TIMES = {
    "stripe": datetime.fromtimestamp(1795341600, UTC),
    "sendgrid": datetime.fromtimestamp(1795341600, UTC),
    "customerio": datetime.fromtimestamp(1795341600, UTC),
    "hubspot": datetime.fromtimestamp(1795388464, UTC),
    "zendesk": datetime(2026, 11, 22, 10, tzinfo=UTC),
}


def recorded() -> Iterator[Any]:
    content = json.loads(CASES.read_text()) if CASES.exists() else {}
    for name, case in content.items():
        yield pytest.param(NAMES.get(name, name), case, id=name)


def test_the_recorded_signatures_are_there() -> None:
    if not CASES.exists():
        pytest.skip("the recorded signatures are not in ../shared")
    assert len(list(recorded())) == 8


@pytest.mark.parametrize(("vendor", "case"), [*recorded()])
def test_a_recorded_signature_is_the_vendors_and_nothing_like_it(
    vendor: str, case: dict[str, Any]
) -> None:
    headers = {name.lower(): value for name, value in case["headers"].items()}
    url = case.get("uri", "https://e.com/hook")
    request = WebhookRequest("POST", url, {}, headers, case["body"].encode())
    secret = case.get("secret") or case["public_key"]
    now = TIMES.get(vendor, datetime.now(UTC))
    check = verify_signature(vendor, [secret])

    check(request, now)
    verify_signature(vendor, ["new one", secret])(request, now)
    for wrong in (
        replace(request, body=request.body + b" "),
        replace(request, headers={}),
        replace(request, headers=dict.fromkeys(headers, "x")),
    ):
        with pytest.raises(Unknown):
            check(wrong, now)
    with pytest.raises(Unknown):
        verify_signature(vendor, ["another secret"])(request, now)
    if vendor in TIMES:
        check(request, now + timedelta(seconds=299))
        with pytest.raises(Unknown, match="300 seconds"):
            check(request, now + timedelta(seconds=302))


def test_a_declared_signature_may_have_a_time() -> None:
    scheme = declared_scheme(
        {
            "header": "X-Sign",
            "algorithm": "sha512",
            "encoding": "base64",
            "timestamp_header": "X-Time",
            "signed": "v2:{timestamp}:{body}:end",
        }
    )
    moment = datetime(2026, 11, 22, 10, tzinfo=UTC)
    stamp = str(int(moment.timestamp() * 1000))
    signature = scheme.sign("s", f"v2:{stamp}:".encode() + b"{}" + b":end")
    headers = {"x-sign": signature, "x-time": stamp}
    request = WebhookRequest("POST", "https://e.com", {}, headers, b"{}")

    verify(scheme, request, ["s"], moment)
    with pytest.raises(Unknown, match="300 seconds"):
        verify(scheme, request, ["s"], moment + timedelta(hours=1))
    with pytest.raises(Unknown, match="wrong"):
        verify(scheme, replace(request, body=b"[]"), ["s"], moment)
