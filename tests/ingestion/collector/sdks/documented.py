"""The lines of code that docs/sdks.md shows, so that tests run what people paste."""

from __future__ import annotations

import re

from tests.ingestion.collector.conftest import KEYS, PROJECT

PAGE = PROJECT / "docs" / "sdks.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(heading: str, language: str, url: str) -> list[str]:
    """Return the blocks of code below a heading, with our address and key in them."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    section = after.partition("\n## ")[0]
    found = [
        code.replace("https://events.example.com", url).replace(
            "WRITE_KEY", KEYS["web"]
        )
        for written_in, code in _BLOCK.findall(section)
        if written_in == language
    ]
    assert found, f"docs/sdks.md shows no {language} below {heading}"
    return found
