"""The ids that a query string compares with, taken out of it and put back behind the parsing.

Clients ask the same question about one principal after the other. What the question is shall be
understood once, however many ids it is asked about.
"""

import re
from collections.abc import Sequence
from typing import Final

from timebound.application.queries import Condition, Value, list_values, replace_values

_STAND_IN: Final = "7d1f0c5e-93ab-4e26-8b0d-"
"""What stands for an id is an id itself, so that whatever reads the form takes it for one."""

_ID: Final = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_QUOTED_ID: Final = re.compile(rb"(?<=')" + _ID + rb"(?=')|(?<=%27)" + _ID + rb"(?=%27)")


def take_ids(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The query string with stand-ins for the quoted ids in lower case, and those ids in order."""
    ids: list[str] = []

    def take(found: re.Match[bytes]) -> bytes:
        ids.append(found[0].decode())
        return _stand_in(len(ids)).encode()

    return _QUOTED_ID.sub(take, raw), tuple(ids)


def is_faithful(condition: Condition, count: int) -> bool:
    """Whether each of the stand-ins was read as one whole value, and nothing else as one of them.

    An id may be part of a longer text, and a client may spell what looks like a stand-in.
    """
    found = [one for one in list_values(condition) if _is_stand_in(one)]
    return found == [_stand_in(number) for number in range(1, count + 1)]


def put_ids(condition: Condition, ids: Sequence[str]) -> Condition:
    """The condition of a form with the ids in their places."""
    return replace_values(condition, {_stand_in(n): id_ for n, id_ in enumerate(ids, 1)})


def _stand_in(number: int) -> str:
    return f"{_STAND_IN}{number:012x}"


def _is_stand_in(value: Value) -> bool:
    return isinstance(value, str) and value.startswith(_STAND_IN)
