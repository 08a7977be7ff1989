"""The online store: one packed value a key, on the engine of ``headwater.yml``.

LMDB is a file of this machine that many processes read at once; Redis is shared by many
machines. Both pass the same tests. Nothing is kept here alone: what is published can be
published again, and sessions end by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings

EPOCH_KEY = "meta:epoch"
"""Names this filling of the store: a store that lost its content has another."""


class OnlineStore(Protocol):
    """Values by key.

    Every method raises ``Unavailable`` where the engine cannot be reached.
    """

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values of these keys as of one moment, None for absent ones."""
        ...

    async def fetch(self, keys: Sequence[str]) -> list[bytes | None]:
        """Do what ``read`` does, without blocking the event loop."""
        ...

    def write(
        self,
        values: Iterable[tuple[str, bytes]],
        *,
        ttl_seconds: float | None = None,
    ) -> int:
        """Set values, replacing each as a whole; return how many.

        A reader sees a value as it was or as it is. What has a time to live is absent
        after it.
        """
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove keys; absent ones do no harm."""
        ...

    def sweep(self, prefix: str) -> int:
        """Free the room of ended values whose keys begin so; return how many.

        Where the engine does that itself, there are none.
        """
        ...

    def close(self) -> None:
        """Close files and blocking connections."""
        ...

    async def aclose(self) -> None:
        """Close what ``fetch`` has opened; belongs to the loop that it ran in."""
        ...


def open_store(settings: Settings, engine: str | None = None) -> OnlineStore:
    """Open the workspace's online store.

    Args:
        settings: The workspace.
        engine: ``lmdb`` or ``redis``, instead of what ``headwater.yml`` says.

    Raises:
        Misconfigured: There is no such engine.
    """
    document = settings.document.get("online") or {}
    section = settings.section("online") if document else {}
    chosen = engine or str(section.get("engine", "lmdb"))
    # an engine's library is imported only where it is used
    if chosen == "lmdb":
        from activation.online.lmdb_store import LmdbStore  # noqa: PLC0415

        return LmdbStore(settings.data_dir / "online")
    if chosen == "redis":
        from activation.online.redis_store import RedisStore  # noqa: PLC0415

        return RedisStore(str(section.get("redis_url", "redis://127.0.0.1:6379/0")))
    raise Misconfigured(
        f"{chosen!r} is no engine of the online store",
        place=f"{WORKSPACE_FILE}: online.engine",
        fix="Use lmdb or redis",
    )
