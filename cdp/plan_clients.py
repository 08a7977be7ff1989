"""``cdp plan clients``: typed functions that send planned events.

The same plan gives the same text, byte for byte, so that a review shows what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cdp.plan_clients_python import python_client
from cdp.plan_clients_typescript import typescript_client
from cdp.plan_files import Document

# language: name of the file, and what writes it
CLIENTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "python": ("tracking.py", python_client),
    "typescript": ("tracking.ts", typescript_client),
}


def client_of(language: str, documents: Mapping[str, Document]) -> tuple[str, str]:
    """Return the name and the text of the client of a language.

    Args:
        language: python or typescript.
        documents: Files of the plan by name.
    """
    file, write = CLIENTS[language]
    return file, write(events_of(documents))


def events_of(documents: Mapping[str, Document]) -> dict[str, Document]:
    """Return what is sent by track: identify, page and screen have their own calls."""
    others = {"traits", "page", "screen", "group"}
    return {name: documents[name] for name in sorted(documents) if name not in others}
