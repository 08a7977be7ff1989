"""The online store that many machines share (Redis)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import redis
import redis.asyncio

from cdp.errors import Misconfigured, Unavailable

_KEYS_A_TRANSACTION = 1000
_TIMEOUT_SECONDS = 2.0
_CONNECTIONS = 8
_Answer = asyncio.Future[list[bytes | None]]
_Question = tuple[Sequence[str], _Answer]


class RedisStore:
    """Values by key in one Redis database.

    Args:
        url: Such as ``redis://127.0.0.1:6379/0``.
    """

    def __init__(self, url: str) -> None:
        self._place = url.rsplit("@", 1)[-1]  # without the password
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
            )
            self._pool = redis.asyncio.BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=_TIMEOUT_SECONDS,
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
            )
        except ValueError as error:
            raise Misconfigured(
                "the address of Redis is not usable",
                place="headwater.yml: online.redis_url",
                fix="Write it as redis://HOST:PORT/DATABASE",
            ) from error
        self._waiting_client = redis.asyncio.Redis(connection_pool=self._pool)
        self._waiting: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values of these keys as of one moment, None for absent ones."""
        try:
            return _as_bytes(self._client.mget(keys))
        except redis.RedisError as error:
            raise self._unavailable(error) from error

    async def fetch(self, keys: Sequence[str]) -> list[bytes | None]:
        """Do what ``read`` does, without blocking the event loop.

        Callers that come while an answer is on its way share the next question: one
        round trip for all of them, however many there are.
        """
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._answer_waiting())
        return await answer

    async def _answer_waiting(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                found = _as_bytes(
                    await self._waiting_client.mget(
                        [key for keys, _ in asked for key in keys]
                    )
                )
            except (redis.RedisError, OSError) as error:
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(self._unavailable(error))
                continue
            values = iter(found)
            for keys, answer in asked:
                own = list(islice(values, len(keys)))
                if not answer.done():  # a caller may have gone away
                    answer.set_result(own)

    def write(
        self,
        values: Iterable[tuple[str, bytes]],
        *,
        ttl_seconds: float | None = None,
    ) -> int:
        """Set values, replacing each as a whole; return how many."""
        milliseconds = None if ttl_seconds is None else max(1, int(ttl_seconds * 1000))
        remaining, written = iter(values), 0
        try:
            while chunk := list(islice(remaining, _KEYS_A_TRANSACTION)):
                with self._client.pipeline(transaction=True) as transaction:
                    for key, value in chunk:
                        transaction.set(key, value, px=milliseconds)
                    transaction.execute()
                written += len(chunk)
        except redis.RedisError as error:
            raise self._unavailable(error) from error
        return written

    def delete(self, keys: Iterable[str]) -> None:
        """Remove keys; absent ones do no harm."""
        remaining = iter(keys)
        try:
            while chunk := list(islice(remaining, _KEYS_A_TRANSACTION)):
                self._client.unlink(*chunk)
        except redis.RedisError as error:
            raise self._unavailable(error) from error

    def sweep(self, prefix: str) -> int:  # noqa: ARG002 - of the interface
        """Do nothing: Redis removes ended values itself."""
        return 0

    def close(self) -> None:
        """Close the blocking connections."""
        self._client.close()

    async def aclose(self) -> None:
        """Close the connections of ``fetch``."""
        await self._waiting_client.aclose()
        await self._pool.aclose()

    def _unavailable(self, error: redis.RedisError | OSError) -> Unavailable:
        return Unavailable(
            f"the online store does not answer ({type(error).__name__})",
            place=self._place,
            fix="Start Redis, or set online.engine to lmdb",
        )


def _as_bytes(values: Any) -> list[bytes | None]:
    """State what the client's types leave open: it is not set to decode answers."""
    found: list[bytes | None] = values
    return found
