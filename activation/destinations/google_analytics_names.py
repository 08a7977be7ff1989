"""Google Analytics 4: its names of events and parameters, and those it reserves.

Sources: recommended events,
https://developers.google.com/analytics/devguides/collection/ga4/reference/events;
reserved names and limits,
https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference.
"""

from __future__ import annotations

import re

from activation.destinations.commerce import standard_name
from activation.destinations.mapping import Field, number, text, upper, whole
from cdp.errors import Rejected

MOST_PARAMETERS = 25
MOST_USER_PROPERTIES = 25
MOST_ITEM_PARAMETERS = 27
MOST_ITEMS = 200
LONGEST_NAME = 40
LONGEST_VALUE = 100
LONGEST_USER_PROPERTY_NAME = 24
LONGEST_USER_PROPERTY = 36
LONGER_VALUES = {"page_location": 1000, "page_referrer": 420, "page_title": 300}

EVENTS = {
    "products_searched": "search",
    "product_list_viewed": "view_item_list",
    "product_list_filtered": "view_item_list",
    "promotion_viewed": "view_promotion",
    "promotion_clicked": "select_promotion",
    "product_clicked": "select_item",
    "product_viewed": "view_item",
    "product_added": "add_to_cart",
    "product_removed": "remove_from_cart",
    "cart_viewed": "view_cart",
    "checkout_started": "begin_checkout",
    "payment_info_entered": "add_payment_info",
    "checkout_step_completed": "add_shipping_info",
    "order_completed": "purchase",
    "order_refunded": "refund",
    "product_added_to_wishlist": "add_to_wishlist",
    "product_shared": "share",
    "cart_shared": "share",
}
WITH_VALUE = frozenset(
    (
        *("purchase", "refund", "add_to_cart", "remove_from_cart", "view_cart"),
        *("begin_checkout", "add_payment_info", "add_shipping_info", "view_item"),
        "add_to_wishlist",
    )
)
WITH_ITEMS = WITH_VALUE | {
    *("view_item_list", "select_item", "view_promotion", "select_promotion"),
}
# where each event's own parameters come from; what has no row keeps its name
PARAMETERS: dict[str, tuple[Field, ...]] = {
    "search": (Field("search_term", ("query", "search_term")),),
    "view_item_list": (
        Field("item_list_id", ("list_id", "item_list_id")),
        Field("item_list_name", ("category", "list_name", "item_list_name")),
    ),
    "view_promotion": (
        Field("promotion_id", ("promotion_id",)),
        Field("promotion_name", ("promotion_name", "name")),
        Field("creative_name", ("creative_name", "creative")),
        Field("creative_slot", ("creative_slot", "position")),
    ),
    "purchase": (Field("transaction_id", ("order_id", "transaction_id"), text),),
    "add_payment_info": (Field("payment_type", ("payment_method", "payment_type")),),
    "add_shipping_info": (
        Field("shipping_tier", ("shipping_method", "shipping_tier")),
    ),
    "share": (Field("method", ("share_via", "method")),),
    "join_group": (Field("group_id", ("group_id", "groupId")),),
}
PARAMETERS["select_promotion"] = PARAMETERS["view_promotion"]
PARAMETERS["select_item"] = PARAMETERS["view_item_list"]
PARAMETERS["refund"] = PARAMETERS["purchase"]
MONEY = (
    Field("currency", ("currency",), upper),
    Field("tax", ("tax",), number),
    Field("shipping", ("shipping",), number),
    Field("coupon", ("coupon", "coupon_code")),
)
ITEM = (
    Field("item_id", ("product_id", "productId", "sku", "id", "item_id"), text),
    Field("item_name", ("name", "item_name")),
    Field("item_category", ("category", "item_category")),
    Field("item_brand", ("brand", "item_brand")),
    Field("item_variant", ("variant", "item_variant")),
    Field("price", ("price",), number),
    Field("quantity", ("quantity",), whole),
    Field("index", ("position", "index"), whole),
    Field("discount", ("discount",), number),
    Field("currency", ("currency",), upper),
    *(
        Field(name, (name,))
        for name in (
            *("coupon", "affiliation", "item_category2", "item_category3"),
            *("item_category4", "item_category5", "item_list_id", "item_list_name"),
            *("location_id", "promotion_id", "promotion_name", "creative_name"),
            "creative_slot",
        )
    ),
)
CAMPAIGN = (
    Field("campaign_id", ("id",)),
    Field("campaign", ("name",)),
    *(Field(name, (name,)) for name in ("source", "medium", "term", "content")),
)
PAGE = (
    Field("page_location", ("properties.url", "context.page.url")),
    Field("page_referrer", ("properties.referrer", "context.page.referrer")),
    Field("page_title", ("properties.title", "context.page.title")),
)
RESERVED_EVENTS = frozenset(
    (
        *("ad_activeview", "ad_click", "ad_exposure", "ad_query", "ad_reward"),
        *("adunit_exposure", "app_background", "app_clear_data", "app_exception"),
        *("app_install", "app_remove", "app_store_refund", "app_update"),
        *("app_store_subscription_cancel", "app_store_subscription_convert"),
        *("app_store_subscription_renew", "app_upgrade", "dynamic_link_app_open"),
        *("dynamic_link_app_update", "dynamic_link_first_open", "error", "first_open"),
        *("first_visit", "in_app_purchase", "notification_dismiss"),
        *("notification_foreground", "notification_open", "notification_receive"),
        *("notification_send", "os_update", "session_start", "user_engagement"),
    )
)
RESERVED_PREFIXES = ("_", "firebase_", "ga_", "google_", "gtag.")
RESERVED_USER_PROPERTIES = frozenset(
    (
        *("first_open_time", "first_visit_time", "last_deep_link_referrer"),
        *("user_id", "first_open_after_install", "anonymous_id"),
    )
)
_NOT_A_NAME = re.compile(r"\W+", re.ASCII)
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def event_name(name: str) -> str:
    """Return what Google Analytics calls an event.

    Raises:
        Rejected: It could not be called so.
    """
    standard = standard_name(name)
    if standard in EVENTS:
        return EVENTS[standard]
    found = _NOT_A_NAME.sub("_", name.strip().lower()).rstrip("_")
    problem = ""
    if found in RESERVED_EVENTS or found.startswith(RESERVED_PREFIXES):
        problem = "is reserved by Google Analytics"
    elif not found[:1].isalpha():
        problem = "does not begin with a letter"
    elif len(found) > LONGEST_NAME:
        problem = f"has more than {LONGEST_NAME} characters"
    if problem:
        raise Rejected(
            f"the event name {name!r} {problem}",
            place="event",
            fix="Rename it in the connection",
        )
    return found


def parameter_name(name: str) -> str | None:
    """Return a name that a parameter may have; None where there is none."""
    found = _NOT_A_NAME.sub("_", name.strip())[:LONGEST_NAME]
    if found.startswith(RESERVED_PREFIXES) or not found[:1].isalpha():
        return None
    return found


def snake(name: str) -> str:
    """Return a name in snake case, for looking it up in a list."""
    return _NOT_A_NAME.sub("_", _SNAKE.sub("_", name.strip())).lower()
