"""What the rows of the tables of requirements are made of."""

from dataclasses import dataclass
from typing import Final

from timebound.domain import roles as r
from timebound.domain.ids import RoleId


@dataclass(frozen=True, slots=True)
class Stricter:
    """What a privileged target asks besides the permissions of its row.

    Of a person one of `roles`, held over the whole directory, and a permission of `delegated` if it
    names any; of an application a permission of `application`, if it names any. Ownership counts
    only where `is_owner_enough`, and of a target that leaves it to its owners.
    """

    roles: frozenset[RoleId]
    delegated: tuple[str, ...]
    application: tuple[str, ...]
    is_owner_enough: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation asks: one of the permissions; of a person one of the roles, if named.

    Where `is_owner_enough`, a person who owns the target needs no role, and an application that
    owns it may have one of the permissions `owning` instead. Where `is_member_enough`, whoever is
    in the target needs no role either. Where it `needs_directory`, a role counts that is held over
    the whole directory, and none that is held at a unit or at the target.
    """

    delegated: tuple[str, ...]
    application: tuple[str, ...] | None = None
    """None where an application on its own is refused; empty where it is asked for nothing."""
    roles: frozenset[RoleId] | None = None
    is_owner_enough: bool = False
    is_member_enough: bool = False
    needs_directory: bool = False
    owning: tuple[str, ...] = ()
    privileged: Stricter | None = None
    """None where a privileged target asks for nothing more."""
    action: str | None = None
    """What the caller's Azure roles have to allow at the target; then no role of the directory is
    asked, and of an application no permission."""
    is_unconditional: bool = False
    """Whether only role assignments without a condition count."""


USER_ADMINISTRATOR: Final = RoleId("fe930be7-5e62-47db-91af-98c3a49a38b1")
GROUPS_ADMINISTRATOR: Final = RoleId("fdd7a751-b60b-444a-984c-02652fe8fa1c")
DIRECTORY_WRITERS: Final = RoleId("9360feb5-f418-4baa-8175-e2a00bac4301")
IDENTITY_GOVERNANCE_ADMINISTRATOR: Final = RoleId("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e")

WRITERS: Final = frozenset({r.GLOBAL_ADMINISTRATOR, r.PRIVILEGED_ROLE_ADMINISTRATOR})
READERS: Final = WRITERS | {
    r.GLOBAL_READER,
    r.SECURITY_OPERATOR,
    r.SECURITY_READER,
    r.SECURITY_ADMINISTRATOR,
}
