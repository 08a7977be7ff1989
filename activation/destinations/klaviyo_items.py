"""Products as Klaviyo's metrics spell them.

Source: https://developers.klaviyo.com/en/docs/guide_to_integrating_a_platform_without_a_pre_built_klaviyo_integration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.destinations.commerce import price, product_id, products, quantity
from activation.destinations.mapping import Field, fields_of, text
from activation.values import plain


def _categories(value: Any) -> list[str] | None:
    named = value if isinstance(value, list) else [value]
    return [found for each in named if (found := text(each))] or None


_ITEM = (
    Field("SKU", ("sku",), text),
    Field("ProductName", ("name", "product_name", "title"), text),
    Field("Categories", ("categories", "category"), _categories),
    Field("Brand", ("brand",), text),
    Field("ImageURL", ("image_url", "imageUrl"), text),
)
_TOLD = frozenset(path for row in _ITEM for path in row.paths) | {
    *("product_id", "productId", "id", "url", "price", "quantity"),
}
_ORDER = (
    Field("OrderId", ("order_id",), text),
    Field("DiscountCode", ("coupon", "discount_code"), text),
    Field("DiscountValue", ("discount", "discount_value")),
    Field("CheckoutURL", ("checkout_url", "url"), text),
    Field("Reason", ("reason",), text),
)


def item_of(product: Mapping[str, Any], *, is_in_cart: bool = True) -> dict[str, Any]:
    """Return one product.

    Args:
        product: A product of an event, or the properties of an event about one.
        is_in_cart: Whether it is a line of a cart or an order, with how many of it.
    """
    found: dict[str, Any] = {}
    if name := product_id(product):
        found["ProductID"] = name
    found |= fields_of(product, _ITEM)
    if is_in_cart:  # an event about one product has its properties beside these
        found |= {key: plain(own) for key, own in product.items() if key not in _TOLD}
    if url := text(product.get("url")):
        found["ProductURL" if is_in_cart else "URL"] = url
    amount = price(product)
    if not is_in_cart:
        return found | ({} if amount is None else {"Price": amount})
    found["Quantity"] = quantity(product)
    if amount is not None:
        found["ItemPrice"] = amount
        found["RowTotal"] = round(amount * quantity(product), 2)
    return found


def added(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the product that was put into the cart, and what the cart then holds."""
    item = item_of(properties, is_in_cart=False)
    found = {f"AddedItem{name}": each for name, each in item.items()}
    found["AddedItemQuantity"] = quantity(properties)
    return found | _contents(properties)


def summary(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an order or a checkout is about."""
    return {**fields_of(properties, _ORDER), **_contents(properties)}


def _contents(properties: Mapping[str, Any]) -> dict[str, Any]:
    items = [plain(item_of(product)) for product in products(properties)]
    found: dict[str, Any] = {"Items": items} if items else {}
    for name, field in (("ItemNames", "ProductName"), ("Brands", "Brand")):
        if told := list(dict.fromkeys(one[field] for one in items if field in one)):
            found[name] = told
    categories = [each for one in items for each in one.get("Categories", ())]
    if categories:
        found["Categories"] = list(dict.fromkeys(categories))
    return found
