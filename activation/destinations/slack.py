"""Slack: a message in a channel for the events that a team asked for.

Vendor: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import (
    Request,
    exchange,
    judge,
    open_client,
    read_answer,
)
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal
from activation.destinations.slack_message import Messages, read_messages
from cdp.errors import Misconfigured
from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

_API = "https://slack.com/api"
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_RETRY = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error"}
    | {"service_unavailable", "request_timeout", "team_added_to_org"}
)
_REJECTED = frozenset(
    {"msg_too_long", "no_text", "invalid_blocks", "invalid_metadata_format"}
    | {"metadata_too_large", "msg_blocks_too_long", "message_limit_exceeded"}
)
_NOT_IN_A_NAME = re.compile(r"\W+")

KIND = Kind(
    "slack",
    "Messages in Slack channels for chosen events.",
    settings=(
        Setting(
            "webhook_url",
            "Address of an incoming webhook; this or token.",
            is_secret=True,
            is_required=False,
            form=ADDRESS,
        ),
        Setting(
            "token",
            "Bot token with chat:write; this or webhook_url.",
            is_secret=True,
            is_required=False,
        ),
        Setting("channel", "Where messages go by default.", is_required=False),
        Setting(
            "events",
            "Which events become a message, which and where; the first that fits.",
            is_required=False,
            kind="list",
            each=Setting(
                "*",
                "One rule.",
                kind="object",
                keys=(
                    Setting("event", "Name of the event, or a pattern."),
                    Setting(
                        "is_pattern",
                        "Whether event is a regular expression, found anywhere.",
                        default=False,
                        kind="boolean",
                    ),
                    Setting("template", "The message.", is_required=False),
                    Setting("channel", "Where it goes.", is_required=False),
                ),
            ),
        ),
        Setting(
            "identify_template",
            "The message for an identify; without it, none is sent.",
            is_required=False,
        ),
        Setting(
            "traits",
            "The traits that messages may show; all where it is absent.",
            is_required=False,
            kind="list",
        ),
        Setting("username", "Whom messages seem to come from.", is_required=False),
        Setting("icon_url", "Their picture.", is_required=False),
    ),
    purpose="support",
    url_default=_API,
)


class _Answer(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""


class Slack:
    """One workspace, through an incoming webhook or as a bot.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.

    Raises:
        Misconfigured: A setting is missing, or a template or pattern is none.
    """

    # the vendor: one message a second and channel, no more than one a second by a
    # webhook, https://docs.slack.dev/apis/web-api/rate-limits
    limits = Limits(records=1, bytes=200_000, requests_per_second=1.0)

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._webhook = str(settings.get("webhook_url") or "")
        self._token = str(settings.get("token") or "")
        if bool(self._webhook) is bool(self._token):
            raise Misconfigured(
                "Slack needs webhook_url or token, one of them",
                place="slack",
                fix="Make an incoming webhook, or a bot with the scope chat:write",
            )
        api = str(settings.get("url") or _API).rstrip("/")
        self._url = self._webhook or f"{api}/chat.postMessage"
        self._headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._token:
            self._headers["Authorization"] = f"Bearer {self._token}"
        self._author = {
            name: str(settings[name])
            for name in ("username", "icon_url")
            if settings.get(name)
        }
        self._messages: Messages = read_messages(settings)
        if self._token and not self._messages.name_a_channel():
            raise Misconfigured(
                "a bot's message needs a channel",
                place="slack.channel",
                fix="Name one for the destination, or one for every rule",
            )
        self._client = client or open_client()

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the message for an event; nothing where no rule asks for one.

        Raises:
            Rejected: The message is empty, or its template cannot be filled.
        """
        message = self._messages.message(event)
        if message is None:
            return ()
        body: dict[str, Any] = {"text": message.text, **self._author}
        if message.channel:
            body["channel"] = message.channel
        if self._token:
            ours = {"message_id": str(event.get("messageId") or "")}
            kind = str(event.get("event") or event.get("type") or "event")
            name = _NOT_IN_A_NAME.sub("_", kind)
            body["metadata"] = {"event_type": name, "event_payload": ours}
        return (Payload(body),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries one message."""
        return Request("POST", self._url, self._headers, items[0].content)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; Slack says 200 to refusals, and why in the body.

        Raises:
            NotTaken: The message was not taken.
        """
        readable = {400, 403, 404, 410}
        response = exchange(self._client, self.request(items), readable=readable)
        if not response.is_success:  # an incoming webhook answers in plain words
            raise NotTaken(judge(response, without_personal(response.text)))
        if self._token:
            _raise_refusal(response)
        return [Outcome(Status.DELIVERED, http_status=200)]

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _raise_refusal(response: httpx.Response) -> None:
    answer = read_answer(response, _Answer)
    if answer.ok:
        return
    # what is in neither list is about the token, the channel or their rights
    status = Status.MISCONFIGURED
    if answer.error in _RETRY:
        status = Status.RETRY
    elif answer.error in _REJECTED:
        status = Status.REJECTED
    raise NotTaken(Outcome(status, without_personal(answer.error), 200))
