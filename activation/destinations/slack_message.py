"""Which event becomes which message, and in which channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activation.destinations.commerce import standard_name
from activation.destinations.mapping import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    first,
    text,
)
from activation.destinations.templates import Template, text_template
from cdp.errors import Misconfigured, Rejected

_USUAL = "{{ name }} did {{ event }}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message.

    Attributes:
        text: In Slack's mrkdwn.
        channel: Where it goes; empty for the webhook's own channel.
    """

    text: str
    channel: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Which events get which template and channel.

    Attributes:
        name: The event's name, in any spelling of a standard event.
        pattern: Found anywhere in the name; instead of it.
        template: The message; None leaves it to a later rule.
        channel: Where it goes; empty leaves it to a later rule.
    """

    name: str
    pattern: re.Pattern[str] | None
    template: Template | None
    channel: str

    def fits(self, event_name: str) -> bool:
        """Say whether an event of this name is meant."""
        if self.pattern is not None:
            return self.pattern.search(event_name) is not None
        standard = standard_name(self.name)
        return self.name == event_name or (
            standard is not None and standard == standard_name(event_name)
        )


@dataclass(frozen=True, slots=True)
class Messages:
    """All rules of a destination.

    Attributes:
        rules: The first that fits and says so decides, for template and channel apart.
        usual: The message where no fitting rule has a template.
        identify: The message for an identify; None for none.
        channel: Where messages go that no rule sends elsewhere.
        traits: The traits that may be shown; None for all.
    """

    rules: tuple[Rule, ...]
    usual: Template
    identify: Template | None
    channel: str
    traits: frozenset[str] | None

    def message(self, event: Mapping[str, Any]) -> Message | None:
        """Return the message for an event; None where no rule asks for one.

        Raises:
            Rejected: It is empty, or its template cannot be filled.
        """
        name = str(event.get("event") or event.get("type") or "")
        fitting = [rule for rule in self.rules if rule.fits(name)]
        template = next((one.template for one in fitting if one.template), None)
        if template is None and event.get("type") == "identify":
            template = self.identify
        if template is None and fitting:
            template = self.usual
        if template is None:
            return None
        filled = template.fill(self._values(event, name)).strip()
        if not filled:
            raise Rejected("the message is empty", place=template.place)
        channel = next((one.channel for one in fitting if one.channel), self.channel)
        return Message(filled, channel)

    def name_a_channel(self) -> bool:
        """Say whether every message has a channel."""
        every = all(rule.channel for rule in self.rules) and self.identify is None
        return bool(self.channel) or every

    def _values(self, event: Mapping[str, Any], name: str) -> dict[str, Any]:
        context = event.get("context")
        own = context.get("traits") if isinstance(context, Mapping) else None
        traits = {**_mapping(own), **_mapping(event.get("traits"))}
        if self.traits is not None:
            traits = {key: traits[key] for key in traits if key in self.traits}
        return {
            **event,
            "name": _name_of(event, self.traits),
            "event": name,
            "properties": _mapping(event.get("properties")),
            "traits": traits,
            "traitsList": traits,  # as RudderStack's templates call them
            "propertiesList": _mapping(event.get("properties")),
        }


def read_messages(settings: Mapping[str, Any]) -> Messages:
    """Read the rules of a destination.

    Raises:
        Misconfigured: A template or a pattern is none.
    """
    rules = settings.get("events") or []
    identify = settings.get("identify_template")
    traits = settings.get("traits")
    return Messages(
        rules=tuple(
            _rule(rule, f"slack.events[{number}]") for number, rule in enumerate(rules)
        ),
        usual=_template(_USUAL, "slack.events"),
        identify=(
            _template(str(identify), "slack.identify_template") if identify else None
        ),
        channel=str(settings.get("channel") or ""),
        traits=None if traits is None else frozenset(map(str, traits)),
    )


def _rule(written: Any, place: str) -> Rule:
    if not isinstance(written, Mapping) or not written.get("event"):
        raise Misconfigured("a rule names its event", place=place)
    name, template = str(written["event"]), written.get("template")
    pattern = None
    if written.get("is_pattern"):
        try:
            pattern = re.compile(name)
        except re.error as error:
            raise Misconfigured(
                f"this is no regular expression: {error}", place=f"{place}.event"
            ) from error
    return Rule(
        name,
        pattern,
        _template(str(template), f"{place}.template") if template else None,
        str(written.get("channel") or ""),
    )


def _template(source: str, place: str) -> Template:
    return text_template(source, place, _shown)


def _shown(value: Any) -> str:
    """Return a value as Slack shows it; none can mention a channel or fake a link.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{_shown(key)}: {_shown(value[key])}" for key in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_shown, value))
    written = text(value)
    written = str(value) if written is None else written
    return written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _name_of(event: Mapping[str, Any], traits: frozenset[str] | None) -> str:
    """Return what to call the person: a name, an address if it may be shown, an id."""
    if name := first(event, NAME):
        return str(name)
    parts = [first(event, FIRST_NAME), first(event, LAST_NAME)]
    if any(parts):
        return " ".join(str(part) for part in parts if part)
    addresses = EMAIL if traits is None or "email" in traits else ()
    return str(first(event, (*addresses, "userId", "anonymousId")) or "someone")
