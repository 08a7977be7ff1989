from __future__ import annotations

from typing import Any

import pytest

from activation.destinations.templates import address_template, text_template
from cdp.errors import Misconfigured, Rejected

VALUES: dict[str, Any] = {"properties": {"total": 12.5, "items": [1, 2]}, "name": "A"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ name }} paid {{ properties.total }}", "A paid 12.5"),
        ("{{ missing }}{{ properties.missing }}!", "!"),
        ("{% for one in properties['items'] %}{{ one }};{% endfor %}", "1;2;"),
        ("{{ properties.total * 2 }}", "25.0"),
        ("{{ name | upper }}", "A"),
    ],
)
def test_values_stand_where_they_are_named(source: str, text: str) -> None:
    assert text_template(source, "here").fill(VALUES) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ properties.update({'total': 1}) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ cycler() }}",
        "{{ [1] * 1000000000 }}",
        "{% for one in range(10000000) %}x{% endfor %}",
        "{{ missing.deeper.still }}",
        "{{ 1 / 0 }}",
        "{{ name + 1 }}",
        "{{ name.nothing() }}",
        "{% include 'other' %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{% for a in range(99) %}{% for b in range(99) %}xxxxx{% endfor %}{% endfor %}",
    ],
)
def test_a_template_reads_values_and_does_nothing_else(source: str) -> None:
    values = {**VALUES, "properties": dict(VALUES["properties"])}

    with pytest.raises(Rejected, match=r"^here: "):
        text_template(source, "here").fill(values)

    assert values["properties"]["total"] == 12.5


@pytest.mark.parametrize("source", ["{{ name", "{% if %}", "{{ name | nothing }}"])
def test_a_mistake_shows_before_any_event(source: str) -> None:
    with pytest.raises(Misconfigured, match="here"):
        text_template(source, "here")


def test_an_address_needs_all_of_its_values() -> None:
    template = address_template("https://x.example/{{ id }}", "url")

    assert template.fill({"id": "ä/1"}) == "https://x.example/%C3%A4%2F1"
    for values in ({}, {"id": None}, {"id": ""}, {"id": {"a": 1}}):
        with pytest.raises(Rejected, match=r"^url: "):
            template.fill(values)
