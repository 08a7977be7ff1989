"""Everything that one person's life leaves behind: events, documents, truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.company.chance import uuid_of


@dataclass(frozen=True, slots=True)
class Event:
    """One call of an SDK.

    Attributes:
        at: When it happened, Unix seconds.
        source_id: The source in ``headwater.yml`` that sends it.
        body: The event as the spec has it, without its times.
        late_seconds: How long a device kept it before it could send it.
        spoiled_as: Why the tracking plan must refuse it; None for almost all.
    """

    at: float
    source_id: str
    body: dict[str, Any]
    late_seconds: float = 0.0
    spoiled_as: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One object in a SaaS tool, in the vendor's own shape."""

    tool: str
    object_name: str
    document_id: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an event says it is from: a device, a login, or both."""

    source_id: str
    anonymous_id: str | None
    user_id: str | None
    context: dict[str, Any] = field(default_factory=dict)

    def on_server(self) -> Sender:
        """Return the same person as the shop's back end reports them."""
        return Sender("server", self.anonymous_id, self.user_id)


class Journal:
    """Collects what a person does, in any order, up to the end of the period.

    Args:
        seed: The run's seed.
        index: The person's number.
        end: Unix seconds; nothing that happens from then on is noted.
    """

    def __init__(self, seed: int, index: int, end: float) -> None:
        self.events: list[Event] = []
        self.documents: list[Document] = []
        self.truth: dict[str, list[dict[str, Any]]] = {}
        self._key = (seed, index, "message")
        self.end = end

    def track(
        self, sender: Sender, at: float, event: str, properties: dict[str, Any]
    ) -> str:
        """Note something done; return its message id."""
        body = {"type": "track", "event": event, "properties": properties}
        return self._note(sender, at, body)

    def page(self, sender: Sender, at: float, properties: dict[str, Any]) -> str:
        """Note a page of the web shop or a screen of the app; return its message id."""
        if sender.source_id == "mobile":
            name = properties["title"]
            body = {"type": "screen", "name": name, "properties": {"name": name}}
        else:
            body = {"type": "page", "properties": properties}
        return self._note(sender, at, body)

    def identify(self, sender: Sender, at: float, traits: dict[str, Any]) -> str:
        """Note who a sender is; return the message id."""
        return self._note(sender, at, {"type": "identify", "traits": traits})

    def keep(self, tool: str, object_name: str, body: dict[str, Any]) -> None:
        """Put one document into a tool, under the vendor's own key."""
        document_id = str(body["Id"] if tool == "salesforce" else body["id"])
        self.documents.append(Document(tool, object_name, document_id, body))

    def know(self, table: str, **row: Any) -> None:
        """Write one row of truth."""
        self.truth.setdefault(table, []).append(row)

    def is_within(self, at: float) -> bool:
        """Tell whether a moment lies before the end of the period."""
        return at < self.end

    def _note(self, sender: Sender, at: float, body: dict[str, Any]) -> str:
        message_id = uuid_of(*self._key, len(self.events))
        if at < self.end:
            body["messageId"] = message_id
            if sender.anonymous_id is not None:
                body["anonymousId"] = sender.anonymous_id
            if sender.user_id is not None:
                body["userId"] = sender.user_id
            body["context"] = dict(sender.context)
            self.events.append(Event(at, sender.source_id, body))
        return message_id
