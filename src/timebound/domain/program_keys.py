"""The certificates that an application or its account keeps, as a body sends the whole list.

What is sent without its content is one that is kept already, named by its key id.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Fact
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.requirements import Operation

KEYS: Final = "keyCredentials"
CHANGING_SECRETS: Final = {
    ObjectKind.APPLICATION: Operation.CHANGE_APPLICATION_SECRETS,
    ObjectKind.SERVICE_PRINCIPAL: Operation.CHANGE_SERVICE_PRINCIPAL_SECRETS,
}
"""What changing that by which an application proves itself asks for."""
MOST_KEYS: Final = 50
"""How many certificates an object may keep: each one is looked at when the application proves
itself."""


def read_keys(attributes: Mapping[str, Fact]) -> tuple[Mapping[str, Fact], ...]:
    """The certificates among the attributes of an object."""
    kept = attributes.get(KEYS)
    if not isinstance(kept, tuple):
        return ()
    return tuple(one for one in kept if isinstance(one, Mapping))


def check_keys(found: DirectoryObject | None, attributes: Mapping[str, Fact]) -> Iterator[Problem]:
    """Why an object cannot keep the certificates that are sent."""
    known = {one.get("keyId") for one in read_keys(found.attributes)} if found else set()
    asked = read_keys(attributes)
    ids = [one.get("keyId") for one in asked]
    if len(asked) > MOST_KEYS:
        yield _refuse(KEYS, Reason.TOO_MANY)
    if len(set(ids)) < len(ids):
        yield _refuse(f"{KEYS}/keyId", Reason.CONTRADICTORY)
    for one in asked:
        if one.get("key") is None and one.get("keyId") not in known:
            yield _refuse(f"{KEYS}/keyId", Reason.UNKNOWN_VALUE, str(one.get("keyId")))
        elif str(one.get("endDateTime")) <= str(one.get("startDateTime")) and one.get("key"):
            yield _refuse(f"{KEYS}/endDateTime", Reason.END_BEFORE_START)


def join_keys(found: DirectoryObject, attributes: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """The attributes with those certificates whole that the object keeps already."""
    if KEYS not in attributes:
        return attributes
    known = {one.get("keyId"): one for one in read_keys(found.attributes)}
    joined = tuple(
        one if one.get("key") is not None else known.get(one.get("keyId"), one)
        for one in read_keys(attributes)
    )
    return {**attributes, KEYS: joined}


def _refuse(named: str, reason: Reason, value: str | None = None) -> Problem:
    return Problem(Code.VALUE_REFUSED, reason=reason, property=named, value=value)
