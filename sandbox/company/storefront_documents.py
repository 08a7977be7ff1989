"""What the shop's own system shows of an order and of a product, in Shopify's shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.company.catalogue import Catalogue, Product
from sandbox.company.chance import token
from sandbox.company.journal import Document
from sandbox.company.orders import Line, Order, Refund


def number_of(*key: object) -> int:
    """Return Shopify's number of a thing: the same for the same key."""
    return int(token(12, "shopify", *key), 16)


def money(cents: int) -> str:
    """Return an amount as Shopify writes it."""
    return f"{cents // 100}.{cents % 100:02d}"


def moment(at: float) -> str:
    """Return Unix seconds as Shopify writes them, in whole seconds."""
    return datetime.fromtimestamp(int(at), UTC).isoformat()


def apportioned(cents: int, lines: tuple[Line, ...]) -> list[int]:
    """Return the lines' shares of an amount by price: they add up to the cent."""
    subtotal = sum(line.cents for line in lines)
    shares, taken, passed = [], 0, 0
    for line in lines:
        passed += line.cents
        reached = cents * passed // subtotal
        shares.append(reached - taken)
        taken = reached
    return shares


def amounts_of(order: Order) -> dict[str, Any]:
    """Return the fields of an order that say what it costs."""
    shipping = {"amount": money(order.shipping_cents), "currency_code": "USD"}
    return {
        "total_line_items_price": money(order.subtotal_cents),
        "total_discounts": money(order.discount_cents),
        "subtotal_price": money(order.subtotal_cents - order.discount_cents),
        "total_tax": money(order.tax_cents),
        "total_shipping_price_set": {"shop_money": shipping},
        "shipping_lines": _shipping(order),
        "total_price": money(order.total_cents),
    }


def _shipping(order: Order) -> list[dict[str, Any]]:
    if not order.shipping_cents:
        return []
    price = money(order.shipping_cents)
    return [{"title": "Standard", "price": price, "discount_allocations": []}]


def contents_of(order: Order, number: int) -> dict[str, Any]:
    """Return its lines, and the coupon with its share of each line."""
    shares = apportioned(order.discount_cents, order.lines)
    items = [
        _item(line, number_of(number, place), share)
        for place, (line, share) in enumerate(zip(order.lines, shares, strict=True))
    ]
    if order.coupon is None:
        return {
            "line_items": items,
            "discount_codes": [],
            "discount_applications": [],
        }
    code, percent = order.coupon
    application = {
        "type": "discount_code",
        "code": code,
        "value": f"{percent}.0",
        "value_type": "percentage",
        "target_type": "line_item",
        "target_selection": "all",
        "allocation_method": "across",
    }
    amount = money(order.discount_cents)
    return {
        "line_items": items,
        "discount_codes": [{"code": code, "amount": amount, "type": "percentage"}],
        "discount_applications": [application],
    }


def _item(line: Line, item_id: int, discount_cents: int) -> dict[str, Any]:
    product = line.product
    allocated = {"amount": money(discount_cents), "discount_application_index": 0}
    return {
        "id": item_id,
        "product_id": number_of("product", product.product_id),
        "variant_id": number_of("variant", product.product_id),
        "sku": product.sku,
        "title": product.name,
        "quantity": line.quantity,
        "price": money(product.price_cents),
        "total_discount": "0.00",
        "discount_allocations": [allocated] if discount_cents else [],
    }


def refund_of(order: Order, number: int, refund: Refund) -> dict[str, Any]:
    """Return what was given back of it, and by which payment."""
    refund_id, given_at = number_of(number, "refund"), moment(refund.refunded_at)
    lines = [
        {
            "id": number_of(refund_id, place),
            "line_item_id": number_of(number, order.lines.index(line)),
            "quantity": line.quantity,
        }
        for place, line in enumerate(refund.lines)
    ]
    transaction = {
        "id": number_of(refund_id, "transaction"),
        "order_id": number,
        "kind": "refund",
        "status": "success",
        "gateway": "stripe",
        "authorization": refund.refund_id,
        "amount": money(refund.cents),
        "currency": "USD",
        "created_at": given_at,
    }
    return {
        "id": refund_id,
        "order_id": number,
        "created_at": given_at,
        "processed_at": given_at,
        "refund_line_items": lines,
        "transactions": [transaction],
        "order_adjustments": [],
    }


def shop_products(catalogue: Catalogue, created_at: float) -> list[Document]:
    """Return everything on sale as the shop lists it, one variant each."""
    bodies = [
        _product(product, moment(created_at))
        for product in (*catalogue.products, *catalogue.boxes)
    ]
    return [Document("shopify", "products", str(one["id"]), one) for one in bodies]


def _product(product: Product, created_at: str) -> dict[str, Any]:
    product_id = number_of("product", product.product_id)
    times = {"created_at": created_at, "updated_at": created_at}
    variant = {
        "id": number_of("variant", product.product_id),
        "product_id": product_id,
        "title": "Default Title",
        "sku": product.sku,
        "price": money(product.price_cents),
    }
    return {
        "id": product_id,
        "title": product.name,
        "handle": product.path.rpartition("/")[2],
        "vendor": "Headwater",
        "product_type": product.category,
        "status": "active",
        "variants": [{**variant, **times}],
        "published_at": created_at,
        **times,
    }
