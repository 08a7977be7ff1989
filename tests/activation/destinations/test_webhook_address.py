from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from activation.destinations.webhook_address import (
    PrivateAddress,
    PublicTransport,
    UntrustedCertificate,
    is_public,
)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Goes the way of public addresses, and takes the test's own for one."""
    allowed = {"127.0.0.1", "::1"}
    with httpx.Client(transport=PublicTransport(allowed.__contains__)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("no address", False),
    ],
)
def test_an_address_is_public_or_it_is_not(address: str, answer: bool) -> None:
    assert is_public(address) is answer


def test_a_request_arrives_as_it_was_meant(client: httpx.Client, tool: Any) -> None:
    zipped = gzip.compress(b"taken")
    tool.answers_with(201, zipped, content_encoding="gzip", x_own="1")
    port = urlsplit(tool.url).port

    answers = [
        client.post(
            f"http://localhost:{port}/a%20b?x=1&y=%2F",
            content=b"body",
            headers={"X-Signature": "s"},
        )
        for _ in range(2)
    ]

    first, _ = tool.seen
    assert (answers[0].status_code, answers[0].text) == (201, "taken")
    assert answers[0].headers["x-own"] == "1"
    assert (first.method, first.content, first.query) == (
        "POST",
        b"body",
        {"x": "1", "y": "/"},
    )
    assert first.headers["host"] == f"localhost:{port}"
    assert first.headers["x-signature"] == "s"


def test_a_name_is_judged_before_anything_is_sent(tool: Any) -> None:
    with (
        httpx.Client(transport=PublicTransport()) as client,
        pytest.raises(PrivateAddress),
    ):
        client.post(tool.url, content=b"secret")

    assert tool.seen == []


def test_what_cannot_be_reached_is_no_surprise(client: httpx.Client) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        port = silent.getsockname()[1]
        with pytest.raises(httpx.TransportError):
            client.post(f"http://127.0.0.1:{port}/", content=b"", timeout=0.05)
    for url in (f"http://127.0.0.1:{port}/", "http://no-such-name.invalid/"):
        with pytest.raises(httpx.TransportError):
            client.post(url, content=b"")
    with pytest.raises(httpx.UnsupportedProtocol):
        client.post("ftp://127.0.0.1/", content=b"")


@pytest.fixture
def secret_server(tmp_path: Path) -> Iterator[int]:
    """A server with a certificate that nobody vouches for; gives its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), serial_number=1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    file.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, form, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            with suppress(OSError):
                stream, _ = listening.accept()
                with stream, context.wrap_socket(stream, server_side=True):
                    pass

        thread = threading.Thread(target=greet)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def test_a_certificate_that_nobody_vouches_for_is_refused(
    client: httpx.Client, secret_server: int
) -> None:
    with pytest.raises(UntrustedCertificate):
        client.post(f"https://localhost:{secret_server}/", content=b"secret")
