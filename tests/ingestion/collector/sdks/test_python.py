"""The Python lines of docs/sdks.md, run as they stand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.ingestion.collector.conftest import RunningCollector
from tests.ingestion.collector.sdks.conftest import full_disk
from tests.ingestion.collector.sdks.documented import snippets

SDKS_OF_PYTHON = ["RudderStack in Python", "Segment in Python"]
# The SDKs' own client says every status that comes back.
SAY_EVERYTHING = "import logging; logging.basicConfig(level=logging.DEBUG)\n"


@pytest.mark.parametrize("sdk", SDKS_OF_PYTHON)
def test_the_documented_lines_send_an_event(
    collector: RunningCollector, sdk: str
) -> None:
    (code,) = snippets(sdk, "python", collector.url)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    (line,) = collector.lines("accepted")
    assert (line["userId"], line["event"]) == ("u_1", "signed_in")
    assert line["properties"] == {"method": "email"}


@pytest.mark.parametrize("sdk", SDKS_OF_PYTHON)
def test_what_a_full_disk_refuses_comes_again(
    collector: RunningCollector, sdk: str
) -> None:
    (code,) = snippets(sdk, "python", collector.url)
    with full_disk(collector):
        process = subprocess.Popen(
            [sys.executable, "-c", SAY_EVERYTHING + code],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert any('" 503 ' in said for said in process.stderr)
    with process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert [line["event"] for line in collector.lines("accepted")] == ["signed_in"]
