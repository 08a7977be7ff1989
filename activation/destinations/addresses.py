"""Finding addresses of mail in any text, in time that grows with its length alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

# the sign also as addresses, HTML and JSON write it, however often it was encoded
_SIGN = r"(?:@|\uff20|%(?:25)*40|&#0*64;|&#x0*40;|&commat;|\\u0040)"
_DOMAIN = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}"  # in any script
_SIGN_AND_DOMAIN = re.compile(_SIGN + _DOMAIN, re.IGNORECASE)
_BEFORE_ADDRESS = frozenset('"<>(),:;[]\\/?&=@\uff20')
_LONGEST_LOCAL = 320  # 64 characters, percent-encoded


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each address starts and ends, one after the other."""
    done = 0
    for found in _SIGN_AND_DOMAIN.finditer(text):
        start, least = found.start(), max(done, found.start() - _LONGEST_LOCAL)
        while start > least and not _ends(text[start - 1]):
            start -= 1
        if start < found.start():
            yield start, found.end()
            done = found.end()


def _ends(character: str) -> bool:
    return character in _BEFORE_ADDRESS or character.isspace()
