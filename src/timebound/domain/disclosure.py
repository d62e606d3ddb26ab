"""What a caller is told of objects that stand beside what they asked for.

A relation leads to objects of several kinds. Whoever may follow it, but may not read one of the
kinds, learns of such objects that they are there, and which kind they are. Source: Graph docs,
permissions overview, limited information returned for inaccessible member objects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from timebound.domain.authority import Caller
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.requirements import REQUIREMENTS, Operation

_READING: Final = {
    ObjectKind.USER: Operation.READ_USERS,
    ObjectKind.GROUP: Operation.READ_GROUPS,
    ObjectKind.SERVICE_PRINCIPAL: Operation.READ_SERVICE_PRINCIPALS,
    ObjectKind.APPLICATION: Operation.READ_SERVICE_PRINCIPALS,
    ObjectKind.ADMINISTRATIVE_UNIT: Operation.READ_UNITS,
    ObjectKind.DIRECTORY_ROLE: Operation.READ_DIRECTORY_ROLES,
}
_AS_USER: Final = "Directory.AccessAsUser.All"


@dataclass(frozen=True, slots=True)
class Undisclosed(DirectoryObject):
    """An object of which nothing is told but its id and its kind."""


def find_hidden_kinds(caller: Caller) -> frozenset[ObjectKind]:
    """The kinds that no permission of the caller covers."""
    usable = caller.permissions
    if not caller.is_application and _AS_USER in usable:
        return frozenset()
    return frozenset(
        kind
        for kind, operation in _READING.items()
        if usable.isdisjoint(_list_names(operation, is_application=caller.is_application))
    )


def _list_names(operation: Operation, *, is_application: bool) -> tuple[str, ...]:
    needed = REQUIREMENTS[operation]
    return (needed.application or ()) if is_application else needed.delegated


def disclose(
    rows: Iterable[DirectoryObject], hidden: frozenset[ObjectKind]
) -> tuple[DirectoryObject, ...]:
    """The objects as a caller is told of them to whom some kinds are hidden."""
    return tuple(
        Undisclosed(row.id, row.kind, "", row.created_at) if row.kind in hidden else row
        for row in rows
    )
