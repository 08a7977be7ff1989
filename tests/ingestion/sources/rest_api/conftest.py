"""The tool, running, and a workspace that declares its list of tickets."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest

from cdp.settings import Settings
from ingestion.sources import rest
from tests.ingestion.sources.rest_api.helpdesk import (
    CURSOR,
    TOKEN,
    Helpdesk,
    Tool,
    ticket,
)


@pytest.fixture
def tool() -> Iterator[Tool]:
    with Tool() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def helpdesk(
    tool: Tool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Helpdesk:
    monkeypatch.setattr(rest, "FIRST_PAUSE_SECONDS", 0.001)
    tickets = {
        "key": "id",
        "data_selector": "data",
        "paginator": CURSOR,
        "cursor": {"field": "updated_at", "param": "updated_since", "lag": "10m"},
        "columns": {"subject": "text"},
    }
    section = {
        "kind": "rest_api",
        "url": tool.url,
        "auth": {"type": "bearer", "token": "${HELPDESK_TOKEN}"},
        "tables": {"tickets": tickets},
    }
    tool.lets_in = lambda asked: asked.headers.get("authorization") == f"Bearer {TOKEN}"
    tool.put(*(ticket(number) for number in range(350)))
    return Helpdesk(
        tool,
        Settings(
            settings.project_dir,
            settings.data_dir,
            {"sources": {"helpdesk": section}},
            {"HELPDESK_TOKEN": TOKEN},
        ),
    )
