"""Push profiles, identities and recommendations to the online store (RT-4, RT-10).

Only what changed since the last publication: one hash a key is kept in
``ledger.online_state``, and the difference is found inside the warehouse. The warehouse
is free while the store is written. Were this process to die in between, the next
publication writes the same keys again.
"""

from __future__ import annotations

from activation.online.publication import Publication, PublishResult
from activation.online.store import open_store
from cdp.settings import Settings

__all__ = ["PublishResult", "publish"]


def publish(
    settings: Settings, *, everything: bool = False, has_consent: bool = False
) -> PublishResult:
    """Bring the online store up to the warehouse.

    A store that has lost its content, or another engine, gets everything.

    Args:
        settings: The workspace; dbt has built the models.
        everything: Write unchanged keys too.
        has_consent: A person has agreed that most keys are deleted.

    Raises:
        Misconfigured: Nothing is built yet, or more than half of all keys would be
            deleted without consent.
        Unavailable: The store does not answer.
    """
    store = open_store(settings)
    try:
        publication = Publication(settings, store)
        return publication.run(everything=everything, has_consent=has_consent)
    finally:
        store.close()
