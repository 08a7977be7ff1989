"""The running stand-ins, a client, and the vendors' own specifications."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from cdp.yaml_text import read_yaml
from sandbox.environment import demo_environment
from sandbox.tools.in_thread import serving
from sandbox.tools.stand import Stand

SPECS = Path(__file__).parents[3].parent / "shared" / "specs"


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[tuple[Stand, httpx.Client]]:
    with (
        serving(tmp_path / "tools.sqlite") as (stand, port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield stand, client


@pytest.fixture
def stand(tools) -> Stand:
    return tools[0]


@pytest.fixture
def client(tools) -> httpx.Client:
    return tools[1]


@pytest.fixture
def known() -> dict[str, str]:
    return demo_environment(0)


@pytest.fixture
def crm(client, known) -> httpx.Client:
    """A client with a session of the CRM."""
    grant = {
        "grant_type": "client_credentials",
        "client_id": known["SALESFORCE_CLIENT_ID"],
        "client_secret": known["SALESFORCE_CLIENT_SECRET"],
    }
    answer = client.post("/salesforce/services/oauth2/token", data=grant)
    token = answer.json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@pytest.fixture
def conforms() -> Callable[[str, httpx.Response], None]:
    """Checks a request and its answer against the vendor's specification."""

    def check(specification: str, answer: httpx.Response) -> None:
        file = SPECS / specification
        if not file.exists():
            pytest.skip(f"{file.name} is not there to check against")
        api = vendors_document(file)
        request = as_mock(answer.request)
        api.validate_request(request)
        # the vendor sends null links, which its own document leaves out
        content = re.sub(rb',?"(next|prev)":null', b"", answer.content)
        response = MockResponse(
            content,
            status_code=answer.status_code,
            content_type=answer.headers["content-type"].split(";")[0],
        )
        api.validate_response(request, response)

    return check


@cache
def vendors_document(file: Path) -> OpenAPI:
    """A vendor's document, which is long, and read once."""
    text = file.read_text(encoding="utf-8")
    document = json.loads(text) if file.suffix == ".json" else read_yaml(text)
    document["servers"] = [{"url": "https://vendor.example.com"}]
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


def as_mock(request: httpx.Request) -> MockRequest:
    parts = urlsplit(str(request.url))
    _prefix, _, path = parts.path[1:].partition("/")
    arguments: dict[str, Any] = {
        name: values[0] for name, values in parse_qs(parts.query).items()
    }
    return MockRequest(
        "https://vendor.example.com",
        request.method.lower(),
        f"/{path}",
        args=arguments,
        headers=dict(request.headers),
        data=request.content or None,
        content_type=request.headers.get("content-type", ""),
    )
