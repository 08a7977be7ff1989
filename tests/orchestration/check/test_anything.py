"""Whatever stands in the file, problems are told and nothing is raised."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.api_keys import load_keys
from cdp.errors import CdpError
from cdp.settings import load_settings
from orchestration.api import views
from orchestration.check.rules import check

KNOWN = ["kind", "sources", "destination", "events", "scopes", "key", "from", "url"]
TEXT = st.sampled_from(["", "text", "mixpanel", "${X", "${WEB_KEY}", "web", "8080"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-1, 70_000), TEXT)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*KNOWN, "x", 1, None]), inner, max_size=3),
    ),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(one for key, below in inner for one in paths(below, (*path, key)))]


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_value_of_any_shape_in_any_place_is_told_not_raised(
    project: Any, broken: Any, data: st.DataObject
) -> None:
    document = copy.deepcopy(yaml.safe_load(broken("stage: ", "stage: ")))
    path = data.draw(st.sampled_from(paths(document)[1:]))
    value = data.draw(VALUES)
    above = document
    for key in path[:-1]:
        above = above[key]
    above[path[-1]] = value
    project.write(yaml.safe_dump(document))
    found = check(project.environment)
    assert all(one.message and one.fix and one.line > 0 for one in found)
    workspace = load_settings(project.environment)
    for view in (views.sources, views.destinations, views.connections):
        assert "value-of-" not in str(view(workspace))
    with suppress(CdpError):
        load_keys(workspace, {"plan:read"})
