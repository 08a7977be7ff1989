from __future__ import annotations

import time

import pytest

from activation.destinations.addresses import addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jane@example.com", ["jane@example.com"]),
        ("to jane@example.com, bob@a.org.", ["jane@example.com", "bob@a.org"]),
        ("?e=jane%40example.com&x", ["jane%40example.com"]),
        ("?e=jane%25252540example.com", ["jane%25252540example.com"]),
        ("https://x.com/u/jane@example.com/p", ["jane@example.com"]),
        ("jürgen.müller@exämple.de", ["jürgen.müller@exämple.de"]),
        ("o'neil+shop@sub.example.co.uk", ["o'neil+shop@sub.example.co.uk"]),
        ("jane&#64;example.com", ["jane&#64;example.com"]),
        ("a@b, @handle.x, 5 @ 3.50, x@", []),
        ("", []),
    ],
)
def test_addresses_are_found(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in addresses(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        *("a." * 15_000 + "@", "a@" * 15_000, "%40" * 10_000, "a" * 30_000 + "@b"),
        *("\\" * 30_000 + "u0040", "&#0" * 10_000 + "@", "a%2525" * 5_000),
    ],
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()

    assert list(addresses(text)) == []

    assert time.process_time() - start < 1
