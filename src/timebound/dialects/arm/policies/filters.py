"""Which role's policy a list is asked for."""

import re
from typing import Final

from timebound.dialects.arm.ids import read_guid
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.domain.ids import RoleId

FILTER: Final = "$filter"
_AND: Final = re.compile(" and ", re.IGNORECASE | re.ASCII)
_LONGEST: Final = 2_000
_ROLE: Final = re.compile(r"roledefinitionid\s+eq\s+'([^']*)'", re.IGNORECASE | re.ASCII)
_HERE: Final = re.compile(r"atscope\(\s*\)", re.IGNORECASE | re.ASCII)
_SHOWN: Final = 80


def read_filter(text: str | None) -> RoleId | None:
    """The role that a filter names by its id at any place, or by its GUID; none without a filter.

    `atScope()` says nothing of policies: they are all of the place that is asked about. Refused
    with whatever else.
    """
    found: set[RoleId] = set()
    told = " ".join((text or "").split())
    if len(told) > _LONGEST:
        raise _refuse(told)
    for part in _AND.split(told) if told else ():
        bare = _strip(part)
        named = _ROLE.fullmatch(bare)
        if named is not None:
            # What is no id of a role is that of no policy's.
            found.add(RoleId(read_guid(named[1].strip()) or named[1]))
        elif _HERE.fullmatch(bare) is None:
            raise _refuse(part)
    if len(found) > 1:
        raise _refuse(text or "")
    return next(iter(found), None)


def _strip(part: str) -> str:
    """A part without the parentheses around all of it."""
    bare = part.strip()
    while bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1].strip()
    return bare


def _refuse(part: str) -> Refusal:
    message = f"The filter '{part[:_SHOWN]}' is not supported: $filter takes 'roleDefinitionId eq'."
    return bad_request(message, "InvalidFilter")
