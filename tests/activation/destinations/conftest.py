from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from activation.destinations.exchange import Request
from cdp.yaml_text import read_yaml

SHARED = Path(__file__).parents[4] / "shared"


@pytest.fixture
def validates() -> Callable[..., None]:
    """Holds a request against a vendor's OpenAPI document in ../shared/specs."""

    def validate(
        request: Request, file_name: str, *, server: str, path: str, strip: str = ""
    ) -> None:
        """Raise where the request breaks the document.

        ``path`` is a template of the document; ``strip`` is taken off the request's
        own path first.
        """
        file = SHARED / "specs" / file_name
        if not file.exists():
            pytest.skip(f"the vendor's OpenAPI document is not at {file}")
        api = _vendors_document(file, path)
        headers = dict(request.headers)
        content = request.content
        if headers.pop("Content-Encoding", "") == "gzip":
            content = gzip.decompress(content)
        api.validate_request(
            MockRequest(
                server,
                request.method.lower(),
                urlsplit(request.url).path.removeprefix(strip),
                args=dict(request.params),
                headers=headers,
                data=content,
                content_type=headers.get("Content-Type", "application/json"),
            )
        )

    return validate


@pytest.fixture
def peer_cases() -> Callable[[str], list[dict[str, Any]]]:
    """Reads a peer's cases: event, destination_config, expected_requests."""

    def read(vendor: str) -> list[dict[str, Any]]:
        file = SHARED / "cases" / "destinations" / f"{vendor}.json"
        if not file.exists():
            pytest.skip(f"the peer's cases are not at {file}")
        cases: list[dict[str, Any]] = json.loads(file.read_text())
        return cases

    return read


@cache
def _vendors_document(file: Path, path: str) -> OpenAPI:
    """One path of a vendor's document, which is long, and read once."""
    written = file.read_text()
    is_json = file.suffix == ".json"  # which may hold what YAML cannot read
    document = json.loads(written) if is_json else read_yaml(written)
    document["paths"] = {path.split("#", maxsplit=1)[0]: document["paths"][path]}
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        inner = [(f"{path}.{key}".strip("."), each) for key, each in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        inner = [(f"{path}[{index}]", each) for index, each in enumerate(value)]
    else:
        return {path: value}
    return {
        key: leaf for name, each in inner for key, leaf in _leaves(each, name).items()
    }


@pytest.fixture
def compare() -> Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]]:
    """Compares two bodies leaf by leaf.

    Gives how many fields either has, and (path, theirs, ours) where they differ; what
    one of them lacks is None.
    """

    def compared(theirs: Any, ours: Any) -> tuple[int, list[tuple[str, Any, Any]]]:
        left, right = _leaves(theirs), _leaves(ours)
        paths = sorted(left.keys() | right.keys())
        unlike = [
            (path, left.get(path), right.get(path))
            for path in paths
            if left.get(path) != right.get(path)
        ]
        return len(paths), unlike

    return compared
