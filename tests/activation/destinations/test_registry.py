from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from activation.destinations.registry import (
    EVENTS,
    RECORDS,
    open_for_events,
    open_for_records,
    purpose_of,
)
from cdp.errors import Misconfigured
from cdp.plan_annotations import PURPOSES


def with_destination(workspace: Any, **section: Any) -> Any:
    document = {**workspace.settings.document, "destinations": {"tool": section}}
    return replace(workspace.settings, document=document)


@pytest.mark.parametrize("kind", ["fax", "amplitude"])
def test_a_tool_that_takes_no_records_says_which_do(workspace: Any, kind: str) -> None:
    settings = with_destination(workspace, kind=kind)

    with pytest.raises(Misconfigured, match=f"'{kind}' cannot be used here") as error:
        open_for_records(settings, "tool", "thing", "")

    assert "salesforce" in error.value.fix
    assert error.value.place == "headwater.yml: destinations.tool.kind"


def test_a_tool_that_is_not_known_takes_no_events(workspace: Any) -> None:
    with pytest.raises(Misconfigured, match="'fax' cannot be used here"):
        open_for_events(with_destination(workspace, kind="fax"), "tool")


@pytest.mark.parametrize("kind", sorted({*EVENTS, *RECORDS}))
def test_every_kind_says_what_it_is_for(workspace: Any, kind: str) -> None:
    assert purpose_of(with_destination(workspace, kind=kind), "tool") in PURPOSES
