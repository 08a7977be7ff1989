"""Texts and addresses that the company writes, with an event's values in them.

Templates are Jinja's, in its sandbox: a template reads what it is given and nothing
else. It is read when the destination is opened, so that a mistake shows at once; an
event that it cannot be filled with is rejected, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cdp.errors import Misconfigured, Rejected

_LONGEST = 40_000
_MOST_REPEATED = 100
Finish = Callable[[Any], str]


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox that also refuses to build huge values."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse powers, and repeating or padding a text, which may be endless."""
        is_number = all(isinstance(one, int | float | Decimal) for one in (left, right))
        if operator == "**" or not is_number:
            message = f"{operator} is not for templates"
            raise SecurityError(message)
        return super().call_binop(context, operator, left, right)


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places for values.

    Attributes:
        place: Where it stands in the settings, for errors.
        parts: Fills it, piece by piece.
    """

    place: str
    parts: Callable[[Mapping[str, Any]], Any]

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text.

        Raises:
            Rejected: It cannot be filled with these values.
        """
        text = ""
        try:
            for part in self.parts(values):
                text += part
                if len(text) > _LONGEST:
                    break
        except Exception as error:  # a filter or method may raise anything
            # its own words may quote a value
            reason = f"the template cannot be filled ({type(error).__name__})"
            raise Rejected(reason, place=self.place) from error
        if len(text) > _LONGEST:
            raise Rejected("the filled template is too long", place=self.place)
        return text


def text_template(source: str, place: str, finish: Finish = str) -> Template:
    """Return a template of a text; a value that is absent leaves a gap.

    Args:
        source: As written.
        place: Where it is written.
        finish: What each value becomes: escaping, lists and mappings as words.

    Raises:
        Misconfigured: It is no template.
    """
    return _read(source, place, finish, Undefined)


def address_template(source: str, place: str) -> Template:
    """Return a template of an address; values are percent-encoded and must be there.

    Raises:
        Misconfigured: It is no template.
    """
    return _read(source, place, _encoded, StrictUndefined)


def _encoded(value: Any) -> str:
    if value is None or value == "" or isinstance(value, Mapping | list):
        message = "an address needs a value here"
        raise ValueError(message)
    return quote(str(value), safe="")


def _read(
    source: str, place: str, finish: Finish, undefined: type[Undefined]
) -> Template:
    def finished(value: Any) -> str:
        if isinstance(value, Undefined):
            return str(value)  # empty, or the error of a strict one
        return finish(value)

    environment = _Sandbox(undefined=undefined, finalize=finished)
    environment.globals["range"] = _range
    try:
        template = environment.from_string(source)
    except TemplateSyntaxError as error:
        raise Misconfigured(
            f"this is no template: {error.message}",
            place=place,
            fix="Write values as {{ properties.total }}",
        ) from error
    return Template(place, lambda values: template.generate(dict(values)))


def _range(*arguments: int) -> range:
    found = range(*arguments)
    if len(found) > _MOST_REPEATED:
        message = "too many times"
        raise ValueError(message)
    return found
