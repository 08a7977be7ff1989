"""Mixpanel: behavioural events, imported in strict mode with a verdict on each.

The vendor deduplicates by event, time, distinct id and insert id, so that an event that
is sent twice counts once. Identity follows its simplified merge: an event that has both
a device and a user joins them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from activation.destinations.delivery import Item, Payload
from activation.destinations.mixpanel_event import (
    PAGE,
    SCREEN,
    Options,
    merge,
    translate,
)
from activation.destinations.mixpanel_profiles import Ways, group, profile
from activation.destinations.mixpanel_project import ADDRESS, Project
from activation.values import encode, plain
from cdp.errors import Misconfigured, Rejected
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "mixpanel",
    "Behavioural events with a verdict on each, profiles and groups.",
    (
        Setting("project_id", "Number of the project."),
        Setting("service_account", "User name of a service account."),
        Setting("service_secret", "Its secret.", is_secret=True),
        Setting("token", "Project token; profiles and groups need it.", default=""),
        Setting(
            "identity",
            "Which identity merge the project has.",
            default="simplified",
            choices=("simplified", "original"),
        ),
        Setting("page_event", "Event of a page; {name} is its name.", default=PAGE),
        Setting(
            "screen_event",
            "Event of a screen; {name} is its name.",
            default=SCREEN,
        ),
        *(
            Setting(name, words, is_required=False, kind="list")
            for name, words in (
                ("groups", "Group keys; the first takes groupId."),
                ("set_once", "Traits that keep their first value."),
                ("union", "Lists whose new items are added."),
                ("append", "Traits whose every value is kept."),
            )
        ),
    ),
    purpose="analytics",
    url_default=ADDRESS,
)


class Mixpanel(Project):
    """One project, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        super().__init__(settings, client)
        self._options = Options(
            page=str(settings.get("page_event") or PAGE),
            screen=str(settings.get("screen_event") or SCREEN),
            is_original=settings.get("identity") == "original",
            token=str(settings.get("token") or ""),
            group=str(next(iter(settings.get("groups") or ()), "")),
        )
        self._ways = Ways(
            once=frozenset(settings.get("set_once") or ()),
            union=frozenset(settings.get("union") or ()),
            append=frozenset(settings.get("append") or ()),
            groups=tuple(settings.get("groups") or ()),
        )

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Mixpanel gets for an event; nothing where it has no such event.

        Raises:
            Rejected: The event lacks what Mixpanel needs.
        """
        body = translate(event, self._options)
        payloads = () if body is None else (Payload(body),)
        kind = event.get("type")
        if kind not in {"identify", "group", "alias"}:
            return payloads
        joined = merge(event, self._options)
        more = [] if joined is None else [Payload(joined, "merge")]
        has_person = event.get("userId") or event.get("anonymousId")
        if self._options.token and kind == "identify" and has_person:
            more += profile(event, self._options, self._ways)
        if self._options.token and kind == "group" and has_person:
            more += group(event, self._options, self._ways)
        return (*payloads, *more)


class MixpanelProfiles(Project):
    """Rows of a model as profiles of one project.

    Args:
        settings: As ``KIND`` says.
        object_name: ``users``, or a group key of the project.
        external_id_field: Whose value is the profile's id: ``distinct_id`` if not said.
        client: Where connections are kept.

    Raises:
        Misconfigured: The project's token is missing.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "users",
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
    ) -> None:
        self._token = str(settings.get("token") or "")
        if not self._token:
            raise Misconfigured(
                "Mixpanel's profiles need the project's token",
                place="headwater.yml: the destination's token",
                fix="Copy it from the project's settings",
            )
        super().__init__(settings, client)
        self._group = "" if object_name in {"users", "profiles", ""} else object_name
        self._key = external_id_field or "distinct_id"

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return the update that sets the row's fields.

        Raises:
            Rejected: The row has no id.
        """
        told = {name: plain(value) for name, value in record.items()}
        return self._item(told.pop(self._key, None), {"$set": told})

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return the update that deletes a profile; its events stay.

        Raises:
            Rejected: The row has no id.
        """
        change: dict[str, Any] = {"$delete": ""}
        if not self._group:
            change["$ignore_alias"] = True
        return self._item(plain(record.get(self._key)), change)

    def _item(self, key: Any, change: dict[str, Any]) -> Item:
        if key is None or key == "":
            raise Rejected(f"a profile of Mixpanel needs {self._key}")
        told = {"$token": self._token}
        if self._group:
            told |= {"$group_key": self._group, "$group_id": str(key)}
            return Item(encode(told | change), "groups")
        told |= {"$distinct_id": str(key), "$ip": "0"}
        return Item(encode(told | change), "engage")
