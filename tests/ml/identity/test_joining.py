from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from ml.identity.joining import MOST_PEOPLE, Known, refusals
from ml.identity.matching import find_pairs
from ml.identity.people import FIELDS, matching_for

NOBODY = Known({}, {})
LOGINS = Known({"a": frozenset({"ann"}), "c": frozenset({"cy"})}, {})
BORN = Known(
    {},
    {
        "a": frozenset({"19800101"}),
        "b": frozenset({"19800101", "19800102"}),
        "c": frozenset({"19900101"}),
    },
)
CASES = {
    "nothing against it": (NOBODY, ["ab", "bc"], [None, None]),
    "one login": (LOGINS, ["ab"], [None]),
    "two logins": (LOGINS, ["ac"], ["contradicted_user_id"]),
    "two logins through a third": (
        LOGINS,
        ["ab", "bc"],
        [None, "contradicted_user_id"],
    ),
    "the surer link stays": (LOGINS, ["bc", "ab"], [None, "contradicted_user_id"]),
    "a pair that is one by others": (LOGINS, ["ab", "bd", "ad"], [None, None, None]),
    "a birthday in common": (BORN, ["ab"], [None]),
    "two birthdays": (BORN, ["ac"], ["contradicted_birth_date"]),
    "no birthday": (BORN, ["ad", "dc"], [None, "contradicted_birth_date"]),
}


@pytest.mark.parametrize(("known", "pairs", "expected"), CASES.values(), ids=CASES)
def test_a_link_joins_whom_nothing_contradicts(
    known: Known, pairs: list[str], expected: list[str | None]
) -> None:
    judged = refusals([(pair[0], pair[1]) for pair in pairs], known)
    assert [reason and reason[0] for reason in judged] == expected


def test_a_chain_of_likenesses_ends_at_ten_people() -> None:
    people = [f"c{number}" for number in range(MOST_PEOPLE + 2)]
    judged = refusals(pairwise(people), NOBODY)
    reasons = [reason and reason[0] for reason in judged]
    assert reasons == [None] * (MOST_PEOPLE - 1) + ["too_many", None]


def records(count: int, **values: str | None) -> pd.DataFrame:
    empty: dict[str, str | None] = dict.fromkeys(field.name for field in FIELDS)
    return pd.DataFrame(
        {"unique_id": f"lead_id:{number}", "customer_id": f"c{number}"}
        | empty
        | {name: text and f"{text}{number // 2}" for name, text in values.items()}
        for number in range(count)
    )


def test_too_little_to_learn_from_is_no_error() -> None:
    assert matching_for(records(2, last_name="lee", phone="1")) is None
    assert matching_for(records(60)) is None
    assert matching_for(records(60, city="york")) is None


def test_records_that_all_come_in_pairs_are_learnt_from() -> None:
    rows = records(40, first_name="ann", last_name="lee", phone="555", email="a@x")
    matching = matching_for(rows)
    assert matching is not None
    pairs = find_pairs(rows.drop(columns="customer_id"), matching)
    assert len(pairs) == 20
