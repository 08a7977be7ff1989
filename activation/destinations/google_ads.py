"""Google Ads: conversions by click id or hashed contact, and their adjustments.

Google deduplicates by conversion action and order id: an order that is uploaded again
is refused as already there, and counts as delivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request
from activation.destinations.google_ads_api import (
    API,
    TOKEN_URL,
    GoogleAdsApi,
    outcomes_of,
    rows_of,
)
from activation.destinations.google_ads_conversion import (
    UPLOAD,
    Options,
    snake,
    translate,
)
from activation.destinations.google_consent import CONSENT_SETTING
from activation.destinations.outcome import Outcome
from cdp.errors import Misconfigured
from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "google_ads",
    "Conversions and customer match audiences of Google Ads.",
    (
        Setting("customer_id", "The account, with or without dashes."),
        Setting("login_customer_id", "Its manager account.", is_required=False),
        Setting("developer_token", "The API's token.", is_secret=True),
        Setting("client_id", "OAuth client."),
        Setting("client_secret", "Its secret.", is_secret=True),
        Setting("refresh_token", "Of a user of the account.", is_secret=True),
        Setting(
            "token_url", "Where tokens are given out.", default=TOKEN_URL, form=ADDRESS
        ),
        Setting(
            "conversion_actions",
            "Id of the conversion action by our event.",
            is_required=False,
            kind="object",
        ),
        Setting(
            "method",
            "Upload conversions, or enhance those that Google's tag recorded.",
            default="upload",
            choices=("upload", "enhance"),
        ),
        Setting(
            "phone_country_code",
            "Country of telephone numbers that begin with a zero, as 44.",
            is_required=False,
        ),
        Setting(
            "audience_consent",
            "What the people of synced audiences agreed to.",
            is_required=False,
            choices=("GRANTED", "DENIED"),
        ),
        CONSENT_SETTING,
    ),
    purpose="advertising",
    url_default=API,
)
_FIELDS = {UPLOAD: b'{"conversions":'}


class _Key(msgspec.Struct, frozen=True, rename="camel"):
    """What Google knows a conversion by."""

    conversion_action: str = ""
    order_id: str = ""
    adjustment_type: str = ""


class GoogleAds:
    """One customer.

    Args:
        settings: ``url``, ``customer_id``, ``conversion_actions``, …
        client: Where connections are kept.
    """

    # 2,000 conversions a request, says the vendor
    limits = Limits(records=2000, bytes=4_000_000)

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._api = GoogleAdsApi(settings, client)
        actions = settings.get("conversion_actions") or {}
        if not actions:
            raise Misconfigured(
                "Google Ads needs a conversion action for at least one event",
                place="headwater.yml: destinations",
                fix="Give conversion_actions, such as {order_completed: 123}",
            )
        self._options = Options(
            customer=self._api.customer,
            actions={snake(str(name)): str(each) for name, each in actions.items()},
            enhances=settings.get("method") == "enhance",
            calling_code=str(settings.get("phone_country_code") or ""),
            consent=settings.get("consent") or {},
        )

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Google Ads gets for an event that has a conversion action.

        Raises:
            Rejected: Google could not take it.
        """
        found = translate(event, self._options)
        return () if found is None else (Payload(found[1], found[0]),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records, each of them once."""
        method = items[0].lane
        rows = rows_of(list(_places(items).values()))
        field = _FIELDS.get(method, b'{"conversionAdjustments":')
        body = field + rows + b',"partialFailure":true}'
        return self._api.request(self._api.customer + method, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; each record that was refused has its reason.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        keys = list(_places(items))
        found = outcomes_of(self._api.send(self.request(items)), len(keys))
        by_key = dict(zip(keys, found, strict=True))
        return [by_key[_key_of(item)] for item in items]

    def close(self) -> None:
        """Close connections."""
        self._api.close()


def _places(items: Sequence[Item]) -> dict[_Key, bytes]:
    """Return the first record of each key: Google refuses what a request has twice."""
    found: dict[_Key, bytes] = {}
    for item in items:
        found.setdefault(_key_of(item), item.content)
    return found


def _key_of(item: Item) -> _Key:
    return msgspec.json.decode(item.content, type=_Key)
