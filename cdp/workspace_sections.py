"""``headwater.yml`` as a whole: its sections and their keys."""

from __future__ import annotations

from dataclasses import replace

from cdp.api_keys import SCOPES
from cdp.settings import STAGES
from cdp.workspace_forms import REDIS_ADDRESS
from cdp.workspace_kinds import destination_kinds, source_kinds
from cdp.workspace_schema import Kind, Setting

_STAGE = Setting("stage", "How far the company has come.", choices=STAGES)
_NAMES = Setting("names", "A list of names.", kind="list", is_required=False)
_RENAME = Setting(
    "rename",
    "The new name by the old one.",
    is_required=False,
    kind="object",
    each=Setting("new name", "What it is called from here on."),
)
_FILTER = (
    replace(_NAMES, name="allow", description="Only these pass."),
    replace(_NAMES, name="deny", description="These do not."),
    _RENAME,
)
_FIELD = Setting(
    "field",
    "A path of the event, or where the value comes from and what becomes of it.",
    or_kinds=("object",),
    keys=(
        Setting(
            "from",
            "Path of the event, or several: the first that has a value counts.",
            is_required=False,
            or_kinds=("list",),
        ),
        Setting(
            "constant",
            "The value itself.",
            is_required=False,
            or_kinds=("boolean", "list", "object"),
        ),
        Setting(
            "as",
            "What the value becomes.",
            is_required=False,
            choices=("text", "number", "whole", "lower", "upper"),
        ),
        Setting(
            "default",
            "The value where the event has none.",
            is_required=False,
            or_kinds=("boolean", "list", "object"),
        ),
        replace(_NAMES, name="events", description="Only for these events."),
    ),
)
_UNKNOWN_CONSENT = Setting(
    "unknown_consent",
    "What happens to an event that says nothing about consent.",
    is_required=False,
    choices=("deliver", "withhold"),
)
_CONNECTION = Setting(
    "connection",
    "Which events go to which destination.",
    kind="object",
    keys=(
        Setting("sources", "Events of these sources.", kind="list"),
        Setting("destination", "A key of destinations."),
        Setting(
            "transformations",
            "Modules of activation/transformations, in this order.",
            kind="list",
            is_required=False,
        ),
        Setting(
            "settings",
            "Settings of the destination for this connection alone.",
            kind="object",
            is_required=False,
        ),
        Setting(
            "events",
            "Which events pass and what they are called; a list is what is allowed.",
            kind="object",
            or_kinds=("list",),
            is_required=False,
            keys=_FILTER,
        ),
        Setting(
            "properties",
            "Which properties pass and what they are called; a list is what is"
            " allowed.",
            kind="object",
            or_kinds=("list",),
            is_required=False,
            keys=_FILTER,
        ),
        Setting(
            "constants",
            "Properties that every event gets.",
            kind="object",
            is_required=False,
        ),
        Setting(
            "fields",
            "Fields of what the tool gets, by dotted path; set last of all.",
            kind="object",
            is_required=False,
            each=_FIELD,
        ),
        Setting(
            "consent",
            "Categories that a person must have agreed to.",
            kind="list",
            or_kinds=("string",),
            is_required=False,
        ),
        _UNKNOWN_CONSENT,
    ),
)
_PRIVACY = Setting(
    "privacy",
    "What people agreed to, and what follows from it.",
    kind="object",
    is_required=False,
    keys=(
        Setting(
            "consent_categories",
            "Every category of the consent banner; connections may name only these.",
            kind="list",
            is_required=False,
        ),
        replace(_UNKNOWN_CONSENT, default="deliver"),
    ),
)
_KEY = Setting(
    "key",
    "One key of the HTTP APIs.",
    kind="object",
    keys=(
        Setting("key", "What the caller sends as Bearer token.", is_secret=True),
        Setting(
            "scopes", "What it may do.", kind="list", choices=tuple(sorted(SCOPES))
        ),
    ),
)


def _whole(
    name: str, description: str, usual: int, *, least: int = 1, most: int | None = None
) -> Setting:
    return Setting(
        name,
        description,
        kind="number",
        default=usual,
        least=least,
        most=most,
        is_whole=True,
    )


def _listener(name: str, description: str, port: int, *more: Setting) -> Setting:
    keys = (
        Setting("host", "Address to listen on.", default="127.0.0.1"),
        _whole("port", "Its port; 0 takes any free one.", port, least=0, most=65_535),
        *more,
    )
    return Setting(name, description, kind="object", is_required=False, keys=keys)


_COLLECTOR = _listener(
    "collector",
    "Where events come in (`cdp collect`).",
    8080,
    _whole("workers", "Processes that take events.", 1),
    _whole(
        "dedup_hours",
        "How long a message id is remembered; 0 not at all.",
        24,
        least=0,
    ),
    _whole("dedup_ids", "How many ids each worker remembers.", 4_000_000),
    _whole("request_bytes", "Of a body, unzipped; more is refused.", 4_194_304),
    _whole("batch_events", "Events of one body; more are refused.", 10_000),
    _whole("event_bytes", "A larger event goes to quarantine.", 524_288),
    _whole("event_depth", "An event nested deeper goes to quarantine.", 64),
    _whole("waiting_bytes", "Beyond it senders are told to wait.", 67_108_864),
    _whole(
        "free_bytes", "What the disk must have left, else 503.", 268_435_456, least=0
    ),
)
_ONLINE = _listener(
    "online",
    "The online store and its API (`cdp serve`).",
    8090,
    Setting(
        "engine",
        "lmdb is a file on this machine; redis is shared by many.",
        choices=("lmdb", "redis"),
        default="lmdb",
    ),
    Setting(
        "redis_url",
        "Where Redis is.",
        default="redis://127.0.0.1:6379/0",
        form=REDIS_ADDRESS,
    ),
)


def workspace_setting() -> Setting:
    """Return the whole file as one setting, with every kind that is known."""
    keys = (
        _STAGE,
        _kinded("sources", "What comes in.", tuple(source_kinds().values())),
        _kinded("destinations", "What goes out.", tuple(destination_kinds().values())),
        Setting(
            "connections",
            "Live: which sources' events go where, the moment they arrive.",
            kind="object",
            is_required=False,
            each=_CONNECTION,
        ),
        _PRIVACY,
        _COLLECTOR,
        _ONLINE,
        _listener("api", "The workspace over HTTP, read (`cdp api`).", 8070),
        Setting(
            "keys",
            "Keys of the HTTP APIs, by the name of who has them.",
            kind="object",
            is_required=False,
            each=_KEY,
        ),
    )
    return Setting("headwater.yml", "The workspace.", kind="object", keys=keys)


def _kinded(name: str, description: str, kinds: tuple[Kind, ...]) -> Setting:
    each = Setting(name[:-1], description, kind="object", kinds=kinds)
    return Setting(name, description, kind="object", is_required=False, each=each)
