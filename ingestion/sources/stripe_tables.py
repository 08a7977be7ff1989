"""Stripe's tables: the objects of its API, and how each is listed and followed."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.sources.tables import Table, columns

CUSTOMERS = Table(
    "customers",
    key="id",
    columns=columns(
        text="id object email name phone currency",
        bool="deleted",
        json="address metadata",
        timestamp="created",
    ),
)
PRODUCTS = Table(
    "products",
    key="id",
    columns=columns(
        text="id object name description",
        bool="active deleted",
        json="default_price metadata",
        timestamp="created updated",
    ),
)
PRICES = Table(
    "prices",
    key="id",
    columns=columns(
        text="id object product currency nickname type",
        bigint="unit_amount",
        bool="active deleted",
        json="recurring metadata",
        timestamp="created",
    ),
)
CHARGES = Table(
    "charges",
    key="id",
    columns=columns(
        text="id object customer currency status",
        bigint="amount amount_refunded",
        bool="paid refunded deleted",
        json="billing_details metadata",
        timestamp="created",
    ),
)
REFUNDS = Table(
    "refunds",
    key="id",
    columns=columns(
        text="id object charge currency reason status",
        bigint="amount",
        bool="deleted",
        json="metadata",
        timestamp="created",
    ),
)
INVOICES = Table(
    "invoices",
    key="id",
    columns=columns(
        text="id object number customer currency status billing_reason subscription",
        bigint="subtotal total tax amount_due amount_paid amount_remaining",
        bool="deleted",
        json="lines discounts total_discount_amounts total_taxes shipping_cost parent"
        " status_transitions metadata",
        timestamp="created",
    ),
)
COUPONS = Table(
    "coupons",
    key="id",
    columns=columns(
        text="id object name currency duration",
        bigint="amount_off times_redeemed",
        decimal="percent_off",
        bool="valid deleted",
        json="metadata",
        timestamp="created",
    ),
)
SUBSCRIPTIONS = Table(
    "subscriptions",
    key="id",
    columns=columns(
        text="id object customer status",
        bool="deleted",
        json="items metadata pause_collection",
        timestamp="created start_date trial_end canceled_at ended_at",
    ),
)


@dataclass(frozen=True, slots=True)
class Feed:
    """How one table is listed and followed.

    Attributes:
        table: The table.
        kind: What the vendor calls one object.
        events: The group of event types that tell of its changes.
        parameters: Further query parameters of the list.
        is_relisted: Whether a change leads to listing everything again.
    """

    table: Table
    kind: str
    events: str
    parameters: dict[str, str] = field(default_factory=dict)
    is_relisted: bool = False


FEEDS = (
    Feed(CUSTOMERS, "customer", "customer.*"),
    Feed(
        PRODUCTS,
        "product",
        "product.*",
        {"expand[]": "data.default_price"},
        is_relisted=True,
    ),
    Feed(PRICES, "price", "price.*"),
    Feed(CHARGES, "charge", "charge.*"),
    Feed(REFUNDS, "refund", "refund.*"),
    Feed(INVOICES, "invoice", "invoice.*", {"expand[]": "data.discounts"}),
    Feed(COUPONS, "coupon", "coupon.*"),
    Feed(SUBSCRIPTIONS, "subscription", "customer.subscription.*", {"status": "all"}),
)
