"""The Python lines of docs/sdks.md, run as they stand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.ingestion.collector.conftest import RunningCollector
from tests.ingestion.collector.sdks.documented import snippets


@pytest.mark.parametrize("sdk", ["RudderStack in Python", "Segment in Python"])
def test_the_documented_lines_send_an_event(
    collector: RunningCollector, sdk: str
) -> None:
    (code,) = snippets(sdk, "python", collector.url)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    (line,) = collector.lines("accepted")
    assert (line["userId"], line["event"]) == ("u_1", "signed_in")
    assert line["properties"] == {"method": "email"}
