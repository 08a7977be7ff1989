from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation.destinations import hashing
from activation.destinations.hashing import hashed, is_hashed, sha256

ABC = "48ddb93f0b30c475423fe177832912c5bcdce3cc72872f8051627967ef278e08"
RULES: tuple[Callable[[str], str | None], ...] = (
    hashing.plain,
    hashing.email,
    hashing.google_email,
    hashing.phone_digits,
    hashing.google_phone,
    hashing.meta_name,
    hashing.meta_place,
    hashing.meta_postal_code,
    hashing.meta_country,
    hashing.meta_gender,
    hashing.meta_birth_date,
    hashing.meta_month_or_day,
)


@pytest.mark.parametrize(
    ("rule", "written", "normalised"),
    [
        (hashing.email, "   aBc@Gmail.com  ", "abc@gmail.com"),
        (hashing.email, "nobody", None),
        (hashing.email, "@", None),
        (hashing.google_email, "Jane.Doe+shop@Gmail.com", "janedoe@gmail.com"),
        (hashing.google_email, "j.a.n.e@googlemail.com", "jane@googlemail.com"),
        (
            hashing.google_email,
            "jane.doe+shop@example.com",
            "jane.doe+shop@example.com",
        ),
        (hashing.google_email, "+@gmail.com", None),
        (hashing.phone_digits, "+1 (650) 555-1212", "16505551212"),
        (hashing.phone_digits, "0044 7911 123456", "447911123456"),
        (hashing.phone_digits, "9000000000", "9000000000"),
        (hashing.phone_digits, "12", None),
        (hashing.google_phone, "+1 (650) 555-1212", "+16505551212"),
        (hashing.google_phone, "0044 7911 123456", "+447911123456"),
        (hashing.google_phone, "07911 123456", None),
        (hashing.meta_name, " O'Neil-Smith ", "oneilsmith"),
        (hashing.meta_name, "Valéry", "valéry"),
        (hashing.meta_name, "정", "정"),
        (hashing.meta_place, "São Paulo", "sãopaulo"),
        (hashing.meta_place, "N.Y.", "ny"),
        (hashing.meta_postal_code, "94103-1234", "94103"),
        (hashing.meta_postal_code, "SW1A 1AA", "sw1a1aa"),
        (hashing.meta_country, " US ", "us"),
        (hashing.meta_country, "Germany", None),
        (hashing.meta_gender, "Female", "f"),
        (hashing.meta_gender, "divers", None),
        (hashing.meta_birth_date, "1997-02-16T00:00:00Z", "19970216"),
        (hashing.meta_birth_date, "19970216", "19970216"),
        (hashing.meta_birth_date, "1997-13-40", None),
        (hashing.meta_birth_date, "soon", None),
        (hashing.meta_month_or_day, "2", "02"),
        (hashing.meta_month_or_day, " 12 ", "12"),
        (hashing.meta_month_or_day, "00", None),
        (hashing.meta_month_or_day, "May", None),
    ],
)
def test_each_vendors_rule_is_kept(
    rule: Callable[[str], str | None], written: str, normalised: str | None
) -> None:
    assert rule(written) == normalised
    assert hashed(written, rule) == (sha256(normalised) if normalised else None)


def test_a_national_number_gets_the_country_that_is_set() -> None:
    assert hashing.phone_digits("07911 123456", "44") == "447911123456"
    assert hashing.google_phone("07911 123456", "+44") == "+447911123456"


def test_the_hash_of_a_known_address_is_the_published_one() -> None:
    assert hashed("    aBc@gmail.com   ", hashing.email) == ABC
    assert hashed(ABC.upper(), hashing.email) == ABC


@pytest.mark.parametrize("nothing", [None, "", "   ", [], {}, [1]])
def test_nothing_is_hashed_to_nothing(nothing: Any) -> None:
    assert hashed(nothing, hashing.plain) is None


def test_numbers_and_dates_are_read_as_text() -> None:
    assert hashed(1234, hashing.meta_postal_code) == sha256("1234")
    assert hashed(date(1997, 2, 16), hashing.meta_birth_date) == sha256("19970216")


@given(st.text(), st.sampled_from(RULES))
def test_hashing_what_is_hashed_changes_nothing(
    written: str, rule: Callable[[str], str | None]
) -> None:
    once = hashed(written, rule)
    if once is not None:
        assert is_hashed(once)
        assert hashed(once, rule) == once
        assert hashed(once.upper(), rule) == once


@given(st.text(), st.sampled_from(RULES))
def test_space_around_and_case_change_no_hash(
    written: str, rule: Callable[[str], str | None]
) -> None:
    if written.isascii():  # beyond it, lower case is not always one way
        spaced = hashed(f"  {written.strip().upper()} ", rule)
        assert spaced == hashed(written.strip().lower(), rule)
