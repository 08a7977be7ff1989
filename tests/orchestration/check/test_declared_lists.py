"""Mistakes in a declared REST API, found where they stand with their fix."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.settings import load_settings
from orchestration.api import views
from orchestration.check.rules import check

GOOD = """\
  billing: {kind: stripe, api_key: "${STRIPE_KEY}"}
  helpdesk:
    kind: rest_api
    url: https://api.example.com/v2
    auth: {type: bearer, token: "${WEB_KEY}"}
    tables:
      tickets:
        key: id
        data_selector: data
        paginator: {type: cursor, cursor_path: meta.next, cursor_param: after}
        cursor: {field: updated_at, param: updated_since}
      comments:
        path: tickets/{resources.tickets.id}/comments
        key: [id]
        paginator: {type: page_number, base_page: "${API_PORT:-1}"}
        include_from_parent: [id]
"""
FIRST = '  billing: {kind: stripe, api_key: "${STRIPE_KEY}"}\n'
# what is good, what stands there instead, the rule, what it says, the fix
MISTAKES = [
    (
        "cursor_path: meta",
        "cursor_pth: meta",
        "unknown_key",
        "pth",
        "Write cursor_path",
    ),
    ("type: cursor,", "type: cursr,", "unknown_choice", "cursr", "Write cursor"),
    (
        "{type: cursor,",
        "{type: json_link,",
        "unreadable_list",
        "nothing of",
        "next_url",
    ),
    ("meta.next", "'meta.['", "unreadable_list", "a path of it is none", "meta.next"),
    ("page_number,", "offset,", "unreadable_list", "limit is missing", "Add limit"),
    ("bearer", "api_key", "unreadable_list", "api_key is missing", "api_key"),
    ("param: updated_since", "lag: 1h", "unreadable_list", "nothing asks", "param"),
    ("_since}", "_since, lag: soon}", "unreadable_list", "no span of time", "10m"),
    ("{resources.tickets.id}", "{tickets.id}", "unreadable_list", "'tickets.id'", ""),
    (
        "resources.tickets.",
        "resources.ticket.",
        "unreadable_list",
        "no table",
        "tickets",
    ),
    ("resources.tickets.", "resources.comments.", "unreadable_list", "itself", "Begin"),
    (
        "include_from_parent: [id]",
        "cursor: {field: a, param: b}",
        "unreadable_list",
        "a list below another has none",
        "Leave it away",
    ),
    (
        "path: tickets/{resources.tickets.id}/c",
        "path: c",
        "unreadable_list",
        "below no other",
        "tickets/{resources",
    ),
    ("data_selector: data", "data_selector: '['", "unreadable_list", "no path", "data"),
    (
        "data_selector: data",
        "count: {selector: '['}",
        "unreadable_list",
        "path",
        "data",
    ),
    ("key: id", "name: id", "missing_setting", "tickets.key is missing", "Add key"),
    ("  comments:", "  Tickets:", "unreadable_list", "another table", "otherwise"),
    ("  helpdesk:", "  Helpdesk:", "unusable_schema", "cannot name a schema", "Use"),
    ('"${WEB_KEY}"}\n    t', "abc}\n    t", "plain_secret", "auth.token", "${NAME}"),
]


def test_a_good_declaration_is_clean(project: Any, broken: Any) -> None:
    project.write(broken(FIRST, GOOD))
    assert check(project.environment) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one[1] for one in MISTAKES])
def test_a_mistake_is_found_where_it_stands(
    project: Any, broken: Any, mistake: tuple[str, str, str, str, str]
) -> None:
    good, bad, code, says, fix = mistake
    assert good in GOOD
    text = broken(FIRST, GOOD.replace(good, bad, 1))
    project.write(text)
    found = [one for one in check(project.environment) if one.code == code]
    assert found, check(project.environment)
    assert says in found[0].message
    assert fix in found[0].fix
    section = text[: text.index("destinations:")].splitlines()
    begin = section.index('  billing: {kind: stripe, api_key: "${STRIPE_KEY}"}') + 2
    assert begin <= found[0].line <= len(section)


def test_who_reads_the_workspace_sees_no_secret(project: Any, broken: Any) -> None:
    plain = GOOD.replace('token: "${WEB_KEY}"', "token: hush-hush")
    project.write(broken(FIRST, plain))
    shown = views.sources(load_settings(project.environment))
    assert "data_selector" in str(shown)
    assert "hush-hush" not in str(shown)


@pytest.mark.parametrize("value", [None, 1, [], {"a": None}, {"a": {"key": 1}}])
@pytest.mark.parametrize("key", ["auth", "tables", "paginator", "headers"])
def test_a_section_of_any_shape_is_told_not_raised(
    project: Any, broken: Any, key: str, value: object
) -> None:
    section = GOOD.replace(f"\n    {key}:", f"\n    {key}: {value!r}\n    old_{key}:")
    text = broken(
        FIRST, section if section != GOOD else f"{GOOD}    {key}: {value!r}\n"
    )
    project.write(text.replace("None", "null"))
    assert all(one.message and one.fix for one in check(project.environment))
