"""Passwords that everybody tries first, however they are dressed up."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from string import ascii_lowercase
from typing import Final
from unicodedata import normalize

_FOLDED: Final = str.maketrans("01345789@$!|+", "oieastbgasiit")
_ORNAMENTS: Final = re.compile(r"[\W\d_]+")
_LETTER: Final = re.compile(r"[^\W\d_]")
_FEW: Final = 3
"""As many different characters make no password, however long it is."""
_BARE: Final = 2
"""As many letters between ornaments are no word of anybody's: `Aa123456`."""


def is_common(password: str) -> bool:
    """Whether a password is a common one, or a common word or name with ornaments.

    `P@ssw0rd!`, `Summer2026` and `Qwerty-123` are. Source: NIST SP 800-63B, 3.1.1.2, and ASVS 5.0,
    6.2.4; the lists, of breached passwords, words and names, are those of the library zxcvbn.
    """
    plain = normalize("NFKD", password).lower()
    if len(set(plain)) <= _FEW or len(_strip(plain)) <= _BARE:
        return True
    cores = (one for one in _list_cores(plain) if len(one) > _BARE)
    return any(one in ascii_lowercase or one in _list_words() for one in cores)


def _list_cores(plain: str) -> Iterator[str]:
    """What is left once ornaments are gone, in each way of taking them away."""
    yield plain
    for core in (_strip(plain), _strip_end(plain), plain):
        folded = _ORNAMENTS.sub("", core.translate(_FOLDED))
        yield from (_ORNAMENTS.sub("", core), folded)
        middle = len(folded) // 2
        if folded[:middle] == folded[middle:]:
            yield folded[:middle]


def _strip(plain: str) -> str:
    first = _LETTER.search(plain)
    return _strip_end(plain[first.start() :]) if first else ""


def _strip_end(plain: str) -> str:
    # An expression that ends at the end would be tried anew at each ornament before it.
    last = _LETTER.search(plain[::-1])
    return plain[: len(plain) - last.start()] if last else ""


@cache
def _list_words() -> frozenset[str]:
    """All words of all lists: loaded when somebody first chooses a password."""
    lists = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return frozenset(word for listed in lists.values() for word in listed)
