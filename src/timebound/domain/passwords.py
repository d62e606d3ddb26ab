"""How strong a password has to be."""

import re
from collections.abc import Iterable
from typing import Final

from timebound.domain.directory import DirectoryObject

SHORTEST: Final = 8
LONGEST: Final = 256
_KINDS_NEEDED: Final = 3
_SERVICE: Final = ("timebound", "microsoft", "azure", "entra")
"""The names that this service goes by."""
_SHORTEST_NAME: Final = 3
_SHORTEST_WORD: Final = 4
"""Shorter parts of names are in too many words to be told from them."""
_PARTS: Final = re.compile(r"[^\W\d_]+")


def is_strong(password: str, words: Iterable[str] = (), *, is_refused: bool = False) -> bool:
    """Whether a password will do for the person of these words.

    Eight to 256 characters, three of the four kinds (lower case, upper case, digits, others), none
    of the words in it, and none that the lists of refused passwords have. Source: Microsoft Entra
    password policies, published; NIST SP 800-63B, 3.1.1.2: words of the context.
    """
    if is_refused or not SHORTEST <= len(password) <= LONGEST:
        return False
    kinds = (
        any(letter.islower() for letter in password),
        any(letter.isupper() for letter in password),
        any(letter.isdigit() for letter in password),
        any(not letter.isalnum() for letter in password),
    )
    lowered = password.lower()
    return sum(kinds) >= _KINDS_NEEDED and not any(word in lowered for word in words)


def list_words(user_name: str | None, display_name: str = "") -> frozenset[str]:
    """What no password of a person may have in it: their names, and those of the service."""
    local, _, domain = (user_name or "").lower().partition("@")
    names = {local} if len(local) >= _SHORTEST_NAME else set()
    parts = _PARTS.findall(f"{local} {domain.partition('.')[0]} {display_name}".lower())
    return frozenset({*_SERVICE, *names, *(one for one in parts if len(one) >= _SHORTEST_WORD)})


def list_words_of(person: DirectoryObject) -> frozenset[str]:
    """The same, of somebody in the directory."""
    return list_words(person.user_principal_name, person.display_name)
