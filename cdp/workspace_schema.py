"""How a kind of source or destination says what it takes in ``headwater.yml``.

Each room declares its kinds beside the code that uses them. ``cdp check``, the JSON
Schema for editors and the workspace API all read these declarations and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cdp.workspace_forms import ADDRESS, Form

Purpose = Literal[
    "analytics", "advertising", "messaging", "support", "sales", "storage"
]
SettingKind = Literal["string", "number", "boolean", "list", "object"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of ``headwater.yml``.

    Attributes:
        name: The key.
        description: One sentence for whoever writes the file.
        is_secret: It may stand in the file only as ``${NAME}``.
        is_required: The section cannot work without it.
        default: What holds where it is absent; makes the setting optional.
        choices: The only values that are understood, for a list its items; empty where
            any is.
        kind: The type of its value.
        or_kinds: Other types that it may be written as.
        keys: For an object: its keys; empty where any name may stand there.
        each: For a list or an object of any names: what each value is.
        least: For a number: the smallest that is understood.
        most: For a number: the largest.
        is_whole: For a number: it has no fraction.
        kinds: For an object with a key ``kind``: what each kind takes besides.
        form: For a text: what it looks like; None where any is understood.
    """

    name: str
    description: str
    is_secret: bool = False
    is_required: bool = True
    default: Any = None
    choices: Sequence[Any] = ()
    kind: SettingKind = "string"
    or_kinds: Sequence[SettingKind] = ()
    keys: Sequence[Setting] = ()
    each: Setting | None = None
    least: float | None = None
    most: float | None = None
    is_whole: bool = False
    kinds: Sequence[Kind] = ()
    form: Form | None = None

    @property
    def must_be_given(self) -> bool:
        """Whether the file must hold it: required, and nothing stands in for it."""
        return self.is_required and self.default is None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source or destination.

    Attributes:
        name: The value of ``kind``.
        description: One sentence for whoever writes the file.
        settings: Its keys besides ``kind``.
        purpose: What its tool is for; personal data is guarded by it.
        url_default: The vendor's own address; where given, the kind has an optional
            setting ``url`` with this default that need not be declared.
    """

    name: str
    description: str
    settings: Sequence[Setting] = ()
    purpose: Purpose = "analytics"
    url_default: str | None = None

    def all_settings(self) -> tuple[Setting, ...]:
        """Return its settings, with ``url`` where the kind has a default address."""
        named = {setting.name for setting in self.settings}
        if self.url_default is None or "url" in named:
            return tuple(self.settings)
        url = Setting(
            "url", "Address of the API.", default=self.url_default, form=ADDRESS
        )
        return (url, *self.settings)
