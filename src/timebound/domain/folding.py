"""Names in one casing."""

from string import ascii_lowercase, ascii_uppercase
from typing import Final

_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


def fold(text: str) -> str:
    """The text with the letters A to Z in lower case, and every other letter as it is.

    `str.lower` makes `k` of the Kelvin sign: what has one name would be taken for something else.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)
