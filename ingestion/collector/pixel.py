"""Events as the address of an image: ``GET /pixel/v1/track?writeKey=…&event=…``.

For emails and pages that can run no script. Names with dots build objects
(``properties.method=email``), their values stay text; ``data`` is a whole event as
base64 of JSON, as Segment's pixel takes it, and names beside it stand over it.
Every event answers with the image, for a browser shows a broken one otherwise.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

from cdp.errors import Rejected
from cdp.event import EVENT_TYPES
from ingestion.collector.answer import Answer
from ingestion.collector.body import parse

# Address: the type of its event. RudderStack has the first two, Segment the others.
PIXELS = {f"/pixel/v1/{kind}": kind for kind in ("track", "page")} | {
    f"/v1/pixel/{kind}": kind for kind in EVENT_TYPES - {"merge"}
}
# One transparent point, GIF 89a.
_IMAGE = bytes.fromhex(
    "4749463839610100010080000000000000000021f90401000000002c00000000010001000002024401003b"
)
IMAGE = Answer(200, _IMAGE, b"image/gif", ((b"cache-control", b"no-store"),))
_OBJECTS = frozenset({"properties", "traits", "context", "integrations"})


class Unreadable(Rejected):
    """The query is no event; the error's place is the name that is wrong."""


def fields_of(query: bytes) -> dict[str, str]:
    """Return the names and values of a query, the last value of each name."""
    text = query.decode("latin-1")
    return dict(parse_qsl(text, keep_blank_values=True, errors="replace"))


def event_of(fields: dict[str, str], user_agent: bytes | None) -> dict[str, Any]:
    """Return the event that a query spells.

    Args:
        fields: Names and values of the query.
        user_agent: What asked for the image; stands in the context unless another does.

    Raises:
        Unreadable: ``data`` is no JSON object in base64, or a name is given as a value
            and as an object.
    """
    event = _whole(fields["data"]) if fields.get("data") else {}
    for name, value in fields.items():
        first, *others = name.split(".")
        if name == "data" or (others and first not in _OBJECTS):
            continue
        target = event
        for part in name.split(".")[:-1]:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise Unreadable("is given as a value and as an object", place=name)
        target[name.rpartition(".")[2]] = value
    context = event.setdefault("context", {})
    if user_agent and isinstance(context, dict):
        context.setdefault("userAgent", user_agent.decode("latin-1"))
    return event


def _whole(text: str) -> dict[str, Any]:
    usual = text.replace("-", "+").replace("_", "/").replace(" ", "+").rstrip("=")
    try:
        decoded = base64.b64decode(usual + "=" * (-len(usual) % 4), validate=True)
        return parse(decoded)
    except (binascii.Error, Rejected) as error:
        message = "expected a JSON object in base64"
        raise Unreadable(message, place="data") from error
