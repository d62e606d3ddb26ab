"""Permissions in the words of people, made from how they are named."""

import re
from typing import Final

from timebound.domain.first_party import AZURE_PERMISSION

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
_DEEDS: Final = {
    "read": "See",
    "readbasic": "See the most basic of",
    "readwrite": "See and change",
    "create": "Create",
    "remove": "Take away",
    "deleterestore": "Delete and bring back",
    "send": "Send",
    "accessasuser": "Do whatever you may do in",
}
_ABOUT_SIGN_IN: Final = {
    "openid": "Know who you are",
    "profile": "See your name and user name",
    "email": "See your e-mail address",
    "offline_access": "Go on while you are away",
}
_AZURE: Final = "See and change Azure resources"
_ALL: Final = "all"
_MINUTE: Final = 60


def say_wait(seconds: int) -> str:
    """That somebody was wrong too often, and for how long they wait now."""
    number, unit = (seconds, "second") if seconds <= _MINUTE else (-(-seconds // _MINUTE), "minute")
    wait = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"That was wrong too often. Wait {wait}, then try again."


def say_permission(name: str) -> str:
    """What a permission allows, as well as its name tells it: `User.Read`, `{app id}/{value}`."""
    if name == AZURE_PERMISSION:
        return _AZURE
    value = name.rpartition("/")[2]
    if value in _ABOUT_SIGN_IN:
        return _ABOUT_SIGN_IN[value]
    subject, *rest = value.split(".")
    deed = _DEEDS.get(rest[0].lower()) if rest else None
    if deed is None:
        return value
    where = [part for part in rest[1:] if part.lower() != _ALL]
    has_all = len(rest) > 1 + len(where)
    words = " ".join((*_split(subject), *(f"({' '.join(_split(part))})" for part in where)))
    return f"{deed} {words}{' of everybody' if has_all else ''}"


def _split(name: str) -> list[str]:
    return [word if word.isupper() else word.lower() for word in _WORD.findall(name)] or [name]
