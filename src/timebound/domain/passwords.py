"""How strong a password has to be."""

from typing import Final

from timebound.domain.common_passwords import is_common

SHORTEST: Final = 8
LONGEST: Final = 256
_KINDS_NEEDED: Final = 3


def is_strong(password: str, name: str | None = None) -> bool:
    """Whether a password will do for the person of that user principal name.

    Eight to 256 characters, three of the four kinds (lower case, upper case, digits, others), not
    the name of the person in it, and none that everybody tries first. Source: Microsoft Entra
    password policies and banned passwords, published.
    """
    if not SHORTEST <= len(password) <= LONGEST or is_common(password):
        return False
    kinds = (
        any(letter.islower() for letter in password),
        any(letter.isupper() for letter in password),
        any(letter.isdigit() for letter in password),
        any(not letter.isalnum() for letter in password),
    )
    local = (name or "").partition("@")[0].lower()
    has_name = len(local) >= _KINDS_NEEDED and local in password.lower()
    return sum(kinds) >= _KINDS_NEEDED and not has_name
