"""The keys of favorites and projections: the path of a place, in lower case and in base64url."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final

from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.domain.azure.places import read_place
from timebound.domain.folding import fold
from timebound.domain.scopes import Scope

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,2048}", re.ASCII)


def spell_key(path: str) -> str:
    """The key of the place at a path."""
    return urlsafe_b64encode(fold(path).encode()).decode().rstrip("=")


def read_key(key: str, name: str) -> Scope:
    """The place of a key, in lower case; refused when it is the key of none."""
    place = None
    if _KEY.fullmatch(key) is not None:
        try:
            text = urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode()
            # What only reads alike is another key: there would be two of one favorite.
            place = read_place(text) if spell_key(text) == key else None
        except (Error, ValueError):
            place = None
    if place is None:
        raise refuse_key(name)
    return place


def refuse_key(name: str) -> Refusal:
    """The refusal of a key that stands for no place."""
    return bad_request(
        f"'{name}' is not the base64url of the id of an Azure resource in lower case.",
        "InvalidRequest",
    )
