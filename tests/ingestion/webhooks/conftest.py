from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ingestion.collector.conftest import PROJECT, RunningCollector

SECRET = "shared-secret"
VENDORS = (
    *("stripe", "shopify", "sendgrid", "customerio", "intercom", "hubspot"),
    *("salesforce", "zendesk", "segment"),
)
GENERIC = {
    "kind": "webhook",
    "vendor": "generic",
    "secret": SECRET,
    "signature": {"header": "X-Signature", "prefix": "sha256="},
    "split": "events",
    "event": "kind",
    "event_names": {"msg.open": "email_opened"},
    "message_id": "id",
    "user_id": "member.login",
    "email": "member.mail",
    "timestamp": "at",
    "properties": {"email_id": "mail.id"},
}


@dataclass
class Hooks:
    """A running collector with a source for every vendor, and vendors that post."""

    collector: RunningCollector
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def public_key(self) -> str:
        public = self.key.public_key()
        written = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(written).decode()

    def post(
        self, vendor: str, body: Any, *, at: float | None = None, **headers: str
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"{self.collector.url}/v1/webhook/{vendor}"
        signed = self.sign(vendor, url, content, at or time.time())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(url, content=content, headers={**signed, **named}, timeout=30)

    def sign(
        self, vendor: str, url: str, content: bytes, at: float
    ) -> Mapping[str, str]:
        moment = str(int(at))
        if vendor == "stripe":
            digest = mac("sha256", f"{moment}.".encode() + content).hex()
            return {"Stripe-Signature": f"t={moment},v1={'0' * 64},v1={digest}"}
        if vendor == "sendgrid":
            signature = self.key.sign(moment.encode() + content, ec.ECDSA(SHA256()))
            name = "X-Twilio-Email-Event-Webhook-"
            return {
                name + "Signature": base64.b64encode(signature).decode(),
                name + "Timestamp": moment,
            }
        if vendor == "hubspot":
            millis = str(int(at * 1000))
            signed = b"POST" + url.encode() + content + millis.encode()
            return {
                "X-HubSpot-Signature-v3": b64(mac("sha256", signed)),
                "X-HubSpot-Request-Timestamp": millis,
            }
        if vendor == "customerio":
            digest = mac("sha256", f"v0:{moment}:".encode() + content).hex()
            return {"X-CIO-Signature": digest, "X-CIO-Timestamp": moment}
        if vendor == "zendesk":
            text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
            return {
                "X-Zendesk-Webhook-Signature": b64(
                    mac("sha256", text.encode() + content)
                ),
                "X-Zendesk-Webhook-Signature-Timestamp": text,
            }
        return {
            "shopify": {"X-Shopify-Hmac-Sha256": b64(mac("sha256", content))},
            "intercom": {"X-Hub-Signature": "sha1=" + mac("sha1", content).hex()},
            "segment": {"X-Signature": mac("sha1", content).hex()},
            "generic": {"X-Signature": "sha256=" + mac("sha256", content).hex()},
            "salesforce": {"Authorization": "Basic " + b64(f"any:{SECRET}".encode())},
        }[vendor]


def mac(algorithm: str, content: bytes) -> bytes:
    return hmac.new(SECRET.encode(), content, getattr(hashlib, algorithm)).digest()


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
def make_hooks(tmp_path: Path) -> Iterator[Callable[..., Hooks]]:
    made: list[Hooks] = []

    def make(**sources: Mapping[str, Any]) -> Hooks:
        project = tmp_path / "project"
        project.mkdir()
        (project / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
        (tmp_path / "var").mkdir()
        hooks = Hooks(RunningCollector(tmp_path / "var", project_dir=project))
        hooked = {
            vendor: {"kind": "webhook", "vendor": vendor, "secret": SECRET}
            for vendor in VENDORS
        }
        hooked["sendgrid"]["secret"] = hooks.public_key()
        hooked["salesforce"]["organization_id"] = "00D000000000001"
        web = {"kind": "events", "write_key": "web-key"}
        document = {"sources": {"web": web, **hooked, "generic": GENERIC, **sources}}
        (project / "headwater.yml").write_text(yaml.safe_dump(document))
        hooks.collector.start()
        made.append(hooks)
        return hooks

    yield make
    for hooks in made:
        hooks.collector.end()


@pytest.fixture
def hooks(make_hooks: Callable[..., Hooks]) -> Hooks:
    return make_hooks()
