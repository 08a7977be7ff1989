"""Stripe: one event a request. Source: Stripe's reference of event types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import (
    Arrived,
    Table,
    Vendor,
    Who,
    cents,
    code,
    first,
    text_of,
    unix,
)

_OBJECT = "data.object."
# what Stripe sends whole, and in thousandths; macros/money/ says it of its tables
_WHOLE = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_THOUSANDTHS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
_AMOUNTS = ("amount", "monthly_amount")


def _refunded(data: Any) -> float | None:
    """Return what this refund gave back: the charge's sum grows with each."""
    total = (data.get("object") or {}).get("amount_refunded")
    before = (data.get("previous_attributes") or {}).get("amount_refunded") or 0
    return None if total is None else cents(total - before)


_CHARGE = {
    "charge_id": _OBJECT + "id",
    "order_id": _OBJECT + "metadata.order_id",
    "amount": (_OBJECT + "amount", cents),
    "currency": (_OBJECT + "currency", code),
}
_INVOICE = {
    "invoice_id": _OBJECT + "id",
    "subscription_id": _OBJECT
    + "subscription|data.object.parent.subscription_details.subscription",
    "currency": (_OBJECT + "currency", code),
}
_PRICE = _OBJECT + "items.data.0.price."
TYPES: Table = {
    "charge.succeeded": ("payment_succeeded", _CHARGE),
    "charge.failed": (
        "payment_failed",
        {**_CHARGE, "reason": _OBJECT + "failure_message"},
    ),
    "charge.refunded": (
        "payment_refunded",
        {**_CHARGE, "amount": ("data", _refunded)},
    ),
    "invoice.paid": (
        "invoice_paid",
        {**_INVOICE, "amount": (_OBJECT + "amount_paid", cents)},
    ),
    "invoice.payment_failed": (
        "invoice_payment_failed",
        {**_INVOICE, "amount": (_OBJECT + "amount_due", cents)},
    ),
    "customer.subscription.created": (
        "subscription_started",
        {
            "subscription_id": _OBJECT + "id",
            "plan_name": "|".join(
                _PRICE + name for name in ("nickname", "lookup_key", "product")
            ),
            "monthly_amount": (_PRICE + "unit_amount", cents),
            "currency": (_PRICE + "currency", code),
        },
    ),
    "customer.subscription.deleted": (
        "subscription_cancelled",
        {
            "subscription_id": _OBJECT + "id",
            "reason": _OBJECT + "cancellation_details.reason",
        },
    ),
}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the one event of a body."""
    del headers
    arrived = Vendor("stripe", TYPES, _who).arrived(
        str(body.get("type")), body, body.get("id"), unix(body.get("created"))
    )
    if arrived.event is not None:
        _in_units(arrived.event["properties"])
    return [arrived]


def _in_units(properties: dict[str, Any]) -> None:
    """Put amounts right that are not in hundredths of their currency."""
    currency = properties.get("currency")
    factor = 100 if currency in _WHOLE else 0.1 if currency in _THOUSANDTHS else 1
    for name in _AMOUNTS:
        if name in properties:
            properties[name] = round(properties[name] * factor, 3)


def _who(body: Any) -> Who:
    paths = ("billing_details.email", "receipt_email", "customer_email", "email")
    return Who(
        text_of(first(body, (_OBJECT + "metadata.user_id",))),
        text_of(first(body, (_OBJECT + "customer",))),
        text_of(first(body, [_OBJECT + path for path in paths])),
    )
