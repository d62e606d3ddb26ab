"""Names and texts in one casing."""

from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import Final

_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_FIRST: Final = 0x80
_LAST: Final = 0x20_000
"""What lies beyond has no case: characters of East Asia, emoji, and what is not used yet."""


def fold(text: str) -> str:
    """The text with the letters A to Z in lower case, and every other letter as it is.

    `str.lower` makes `k` of the Kelvin sign: what has one name would be taken for something else.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def raise_letters(text: str) -> str:
    """The text with every letter in upper case that has one of its own.

    One letter stays one, and none beyond ASCII becomes one of A to Z: so `ß` is not `SS`, and
    neither the Kelvin sign nor a dotless `i` is what it looks like.
    Source: .NET, `OrdinalIgnoreCase`.
    """
    return text.upper() if text.isascii() else text.translate(_list_capitals())


@cache
def _list_capitals() -> dict[int, str]:
    beyond = {at: chr(at).upper() for at in range(_FIRST, _LAST)}
    kept = {at: one for at, one in beyond.items() if len(one) == 1 and not one.isascii()}
    return kept | {ord(one): one.upper() for one in ascii_lowercase}
