"""Make events of invoices, by the rule book in the mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ingestion.order_file import OrderLine
from ingestion.order_mapping import OrderMapping

_LIBRARY = {"library": {"name": "headwater-import", "version": "1"}}
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InvoiceEvents:
    """What one invoice becomes.

    Attributes:
        events: An identify where the customer's country is news, then the order.
        lines: How many rows of the file these carry.
        amount: Sum of quantity x price of these rows.
        is_refund: Whether it is a refund.
    """

    events: tuple[Event, ...]
    lines: int
    amount: Decimal
    is_refund: bool


def events_of(
    invoices: Iterable[Sequence[OrderLine]], mapping: OrderMapping
) -> Iterator[InvoiceEvents]:
    """Yield the events of each invoice; the same file gives the same events."""
    countries: dict[str, str] = {}
    for lines in invoices:
        amount = sum((line.quantity * line.price for line in lines), Decimal(0))
        invoice = lines[0].invoice
        is_refund = invoice.startswith(mapping.refund_prefix) and amount <= 0
        order = _order(lines, mapping, amount, is_refund=is_refund)
        identify = _identify(lines[0], order, mapping, countries)
        yield InvoiceEvents(
            (*([identify] if identify else []), order), len(lines), amount, is_refund
        )


def _order(
    lines: Sequence[OrderLine],
    mapping: OrderMapping,
    amount: Decimal,
    *,
    is_refund: bool,
) -> Event:
    first = lines[0]
    sign = -1 if is_refund else 1
    properties: dict[str, Any] = {
        "order_id": first.invoice,
        "total": float(sign * amount + 0),  # + 0: no negative zero
        "currency": mapping.currency,
        "channel": mapping.channel,
        "products": [
            _product(line, number, sign, mapping)
            for number, line in enumerate(lines, start=1)
        ],
    }
    if is_refund:
        properties["refund_id"] = first.invoice
    return {
        "type": "track",
        "event": "order_refunded" if is_refund else "order_completed",
        "messageId": f"{mapping.name}:{first.invoice}",
        **_person(first),
        "timestamp": _utc(min(line.ordered_at for line in lines), mapping),
        "context": _LIBRARY,
        "properties": properties,
    }


def _product(
    line: OrderLine, number: int, sign: int, mapping: OrderMapping
) -> dict[str, Any]:
    product_id = line.product.upper()
    product: dict[str, Any] = {
        "product_id": product_id,
        "sku": line.product,
        "price": float(line.price),
        "quantity": sign * line.quantity,
        "line_number": number,
        "line_type": mapping.line_type(product_id, line.quantity, is_refund=sign == -1),
    }
    if line.name is not None:
        product["name"] = line.name
    return product


def _identify(
    line: OrderLine, order: Event, mapping: OrderMapping, countries: dict[str, str]
) -> Event | None:
    code = mapping.countries.get(line.country or "")
    if line.customer is None or code is None or countries.get(line.customer) == code:
        return None
    countries[line.customer] = code
    return {
        "type": "identify",
        "messageId": f"{mapping.name}:{line.invoice}:identify",
        "userId": line.customer,
        "timestamp": order["timestamp"],
        "context": _LIBRARY,
        "traits": {"country_code": code},
    }


def _person(line: OrderLine) -> dict[str, str]:
    if line.customer is None:
        return {"anonymousId": line.invoice}
    return {"userId": line.customer}


def _utc(local: datetime, mapping: OrderMapping) -> str:
    moment = local.replace(tzinfo=mapping.timezone).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
