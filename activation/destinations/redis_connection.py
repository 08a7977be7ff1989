"""One Redis server: many commands on one way, an answer for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import Request
from activation.destinations.mapping import text
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal
from activation.values import encode
from cdp.errors import Misconfigured

TIMEOUT_SECONDS = 10.0
LIMITS = Limits(records=1_000, bytes=4_000_000)
_DELIVERED = Outcome(Status.DELIVERED)
Command = tuple[str | int | bytes, ...]
# https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors: the first
# word of an error is its kind
_RETRY = frozenset(
    {"OOM", "LOADING", "BUSY", "READONLY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN"}
    | {"MISCONF", "NOREPLICAS", "UNKILLABLE"}
)
_MISCONFIGURED = frozenset({"NOAUTH", "WRONGPASS", "NOPERM", "DENIED"})


class Server:
    """One server.

    Args:
        settings: ``url``.

    Raises:
        Misconfigured: The address is none of Redis.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        url = str(settings["url"])
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_timeout=TIMEOUT_SECONDS,
                socket_connect_timeout=TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 0),  # the caller waits between attempts
            )
            parts = urlsplit(url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError as error:
            raise Misconfigured(
                "the address is none of Redis",
                place="redis.url",
                fix="Write redis://USER:PASSWORD@HOST:PORT/DATABASE",
            ) from error
        # without user and password
        self.address = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

    def run(
        self, commands: Sequence[Command], unmet: Outcome = _DELIVERED
    ) -> list[Outcome]:
        """Send commands together; return one outcome per command.

        Args:
            commands: What to send.
            unmet: What holds where Redis answers nothing or 0, as it does where a
                condition of the command is not met.

        Raises:
            NotTaken: The server could not be reached, or refused us.
        """
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
        try:
            answers = pipeline.execute(raise_on_error=False)
        except redis.AuthenticationError as error:
            outcome = Outcome(Status.MISCONFIGURED, _words_of(error))
            raise NotTaken(outcome) from error
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            reason = f"no answer ({type(error).__name__})"
            raise NotTaken(Outcome(Status.RETRY, reason)) from error
        except redis.ResponseError as error:
            raise NotTaken(_judge(error)) from error
        return [
            _judge(one) if isinstance(one, Exception) else _DELIVERED if one else unmet
            for one in answers
        ]

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _judge(error: Exception) -> Outcome:
    words = _words_of(error)
    if isinstance(error, redis.AuthenticationError | NoPermissionError):
        return Outcome(Status.MISCONFIGURED, words)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return Outcome(Status.RETRY, words)
    # a script's error names the script first, or the kind first: both are looked at
    kinds = set(str(error).replace(":", " ").split())
    if isinstance(error, redis.OutOfMemoryError | redis.ReadOnlyError):
        return Outcome(Status.RETRY, words)
    if kinds & _MISCONFIGURED:
        return Outcome(Status.MISCONFIGURED, words)
    return Outcome(Status.RETRY if kinds & _RETRY else Status.REJECTED, words)


def _words_of(error: Exception) -> str:
    first = str(error).split(" script: ", maxsplit=1)[0].split("\n", maxsplit=1)[0]
    return without_personal(f"{type(error).__name__}: {first}")


def request_of(
    server: Server, method: str, name: str, items: Sequence[Item]
) -> Request:
    """Return what is going to be done, for people to read: records as a JSON array."""
    content = b"[" + b",".join(item.content for item in items) + b"]"
    return Request(method, f"{server.address}/{name}", {}, content)


def fields_of(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Return fields of a hash: text as it is, what is nested as JSON, null as null."""
    return {
        str(name): None
        if value is None
        else written
        if (written := text(value)) is not None
        else encode(value).decode()
        for name, value in values.items()
    }
