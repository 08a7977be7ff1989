"""What is published: which rows of the warehouse become which keys.

Each kind is a query with the columns ``online_key`` and those of its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from activation.values import plain


def _whole_row(row: Mapping[str, Any]) -> Any:
    return plain(row)


def _customer_id(row: Mapping[str, Any]) -> Any:
    return row["customer_id"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of key.

    Attributes:
        name: What it is called in messages and file names.
        tables: Schema and table of what it reads; without them there are no such keys.
        query: Its rows.
        value_of: The value of a row.
    """

    name: str
    tables: tuple[tuple[str, str], ...]
    query: str
    value_of: Callable[[Mapping[str, Any]], Any] = _whole_row


_PROFILES = Kind(
    "profiles",
    (("marts", "customers"),),
    "select 'profile:' || customer_id as online_key, * from marts.customers",
)
_RECOMMENDATIONS = Kind(
    "recommendations",
    (("predictions", "recommendations"), ("marts", "products")),
    """
    select
        'recommendations:' || scored.customer_id as online_key,
        any_value(scored.model_version) as model_version,
        max(scored.scored_at) as scored_at,
        list(
            {
                'product_id': scored.product_id,
                'product_name': products.product_name,
                'category_name': products.category_name,
                'unit_amount': products.unit_amount,
                'currency_code': products.currency_code,
                'score': scored.score
            }
            order by scored.rank, scored.product_id
        ) as items
    from predictions.recommendations as scored
    left join marts.products as products on scored.product_id = products.product_id
    group by scored.customer_id
    """,
)
_IDENTITIES = Kind(
    "identities",
    (("marts", "customer_identifiers"),),
    """
    select
        'identity:' || identifier_type || ':' || identifier_value as online_key,
        customer_id
    from marts.customer_identifiers
    """,
    _customer_id,
)
_CHURN = Kind(
    "churn",
    (("predictions", "churn"),),
    "select 'features:churn:' || customer_id as online_key, * from predictions.churn",
)
# identities last: none names a customer whose profile is not there yet
KINDS = (_PROFILES, _CHURN, _RECOMMENDATIONS, _IDENTITIES)
