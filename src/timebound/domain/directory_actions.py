"""Actions of directory roles: what the words in them that stand for all of something cover.

An action names a part of the service, a kind of thing, what of it, and what is done to it. Source:
Entra documentation of permissions in role definitions.
"""

import re
from typing import Final

from timebound.domain.azure.permissions import Permission

_EVERY: Final = frozenset({"allentities", "allproperties", "alltasks"})
_READING: Final = "/read"
_REPEATED: Final = re.compile(r"\*(?:/\*)+")


def as_pattern(action: str) -> str:
    """The action with `*` where it speaks of all there is of a kind.

    All tasks on all properties are everything that is done to a thing: making and deleting it, too.
    """
    words = ("*" if word.lower() in _EVERY else word for word in action.split("/"))
    return _REPEATED.sub("*", "/".join(words))


def as_permission(actions: tuple[str, ...]) -> Permission:
    """What a role with the actions allows."""
    return Permission(tuple(dict.fromkeys(as_pattern(action) for action in actions)))


def is_reading(action: str) -> bool:
    """Whether an action changes nothing."""
    return action.lower().endswith(_READING)
