"""Ids as the CRM gives them out."""

from __future__ import annotations

from sandbox.company.chance import token

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def salesforce_id(prefix: str, *key: object) -> str:
    """Return an 18-character id: 15 that carry case and 3 that check it."""
    digits = int(token(16, *key), 16)
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    body = prefix
    while len(body) < 15:
        digits, place = divmod(digits, 62)
        body += letters[place]
    check = ""
    for start in (0, 5, 10):
        bits = sum(
            1 << place
            for place, letter in enumerate(body[start : start + 5])
            if letter.isupper()
        )
        check += ALPHABET[bits]
    return body + check
