"""Hashing people's contact details the way each advertising vendor states.

A vendor finds a person only if both sides hash the very same characters, so each rule
normalises first: trim, lower case, and what the vendor adds to that. What is a hash
already stays as it is, whoever made it.

Sources: Meta, "Customer Information Parameters"
(https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/customer-information-parameters);
Google Ads, "Normalize and hash user-provided data"
(https://developers.google.com/google-ads/api/docs/conversions/upload-online).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from activation.destinations.mapping import text

Normalise = Callable[[str], str | None]

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_NOT_A_DIGIT = re.compile(r"\D")
_SPACE = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[^\w\s]|_")
_NOT_A_WORD = re.compile(r"[\W_]+")
_US_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?")
_DATE = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})")
_GOOGLE_MAIL = frozenset({"gmail.com", "googlemail.com"})
# E.164: a country code and a number, fifteen digits at most
_FEWEST_PHONE_DIGITS, _MOST_PHONE_DIGITS = 7, 15


def is_hashed(value: Any) -> bool:
    """Return whether a value is a SHA-256 in hexadecimal."""
    return isinstance(value, str) and bool(_HASH.fullmatch(value.strip()))


def sha256(value: str) -> str:
    """Return the SHA-256 of a text in lower-case hexadecimal."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def hashed(value: Any, normalise: Normalise) -> str | None:
    """Return a value normalised and hashed; None where nothing is left of it.

    A hash stays what it is: hashing twice is hashing once.
    """
    written = value.isoformat() if isinstance(value, date) else text(value)
    if not written or not written.strip():
        return None
    if is_hashed(written):
        return written.strip().lower()
    found = normalise(written)
    return sha256(found) if found else None


def trimmed(value: str) -> str:
    """Return a text without the space around it."""
    return value.strip()


def plain(value: str) -> str:
    """Return a text trimmed and in lower case."""
    return value.strip().lower()


def email(value: str) -> str | None:
    """Return an address trimmed and in lower case; None for what is no address."""
    found = plain(value)
    return found if "@" in found.strip("@") else None


def google_email(value: str) -> str | None:
    """Return an address as Google knows it.

    Its own mail service ignores dots and what follows a plus sign.
    """
    found = email(value)
    if found is None:
        return None
    local, _, domain = found.rpartition("@")
    if domain in _GOOGLE_MAIL:
        local = local.split("+", 1)[0].replace(".", "")
    return f"{local}@{domain}" if local else None


def phone_digits(value: str, calling_code: str = "") -> str | None:
    """Return a telephone number as digits with its country code, as Meta wants it.

    Args:
        value: The number in any spelling.
        calling_code: The country of numbers that begin with a zero, such as ``44``.
    """
    digits = _NOT_A_DIGIT.sub("", value)
    is_national = digits.startswith("0") and not digits.startswith("00")
    digits = digits.lstrip("0")
    if is_national and not value.strip().startswith("+"):
        digits = _NOT_A_DIGIT.sub("", calling_code) + digits
    in_range = _FEWEST_PHONE_DIGITS <= len(digits) <= _MOST_PHONE_DIGITS
    return digits if in_range else None


def google_phone(value: str, calling_code: str = "") -> str | None:
    """Return a telephone number in E.164; None for one whose country is unknown."""
    digits = _NOT_A_DIGIT.sub("", value)
    is_national = digits.startswith("0") and not digits.startswith("00")
    if is_national and not calling_code and not value.strip().startswith("+"):
        return None
    found = phone_digits(value, calling_code)
    return f"+{found}" if found else None


def meta_name(value: str) -> str | None:
    """Return a name in lower case without punctuation."""
    return _SPACE.sub(" ", _PUNCTUATION.sub("", value)).strip().lower() or None


def meta_place(value: str) -> str | None:
    """Return a city or a state in lower case, without punctuation and spaces."""
    return _NOT_A_WORD.sub("", value).lower() or None


def meta_postal_code(value: str) -> str | None:
    """Return a postal code without spaces and dashes; of the US, five digits."""
    found = plain(value)
    if american := _US_ZIP.fullmatch(found):
        return american[1]
    return _NOT_A_WORD.sub("", found) or None


def meta_country(value: str) -> str | None:
    """Return a two-letter code in lower case; None for what is none."""
    found = plain(value)
    return found if re.fullmatch(r"[a-z]{2}", found) else None


def meta_gender(value: str) -> str | None:
    """Return ``f`` or ``m``; None for anything else."""
    first = plain(value)[:1]
    return first if first in {"f", "m"} else None


def meta_month_or_day(value: str) -> str | None:
    """Return a month or a day in two digits; None for what is none."""
    found = plain(value)
    is_one = found.isascii() and found.isdecimal() and 1 <= int(found[:4]) <= 31
    return found.lstrip("0").zfill(2) if is_one else None


def meta_birth_date(value: str) -> str | None:
    """Return a date as YYYYMMDD; None for what is none."""
    found = _DATE.match(value.strip())
    if found is None:
        return None
    written = "".join(found.groups())
    try:
        datetime.strptime(written, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return written
