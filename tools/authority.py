"""Writes docs/authority.md: what each operation asks of its caller, from the table that is asked.

Run `make docs` after a change of `domain/requirements.py`; a test holds the page
against the table.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from timebound.application.catalog import built_in_roles
from timebound.domain.ids import RoleId
from timebound.domain.privileged import PRIVILEGED_FOR_PEOPLE
from timebound.domain.requirements import REQUIREMENTS, Operation, Requirement

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "authority.md"
NOTHING: Final = "-"

_HEAD: Final = """\
# Who may do what

This page is generated from `src/timebound/domain/requirements.py`: change that, then run
`make docs`.

Every operation has one row. A caller needs one of the permissions in the token, *and* granted to
the application now; a person needs besides one of the roles, in force at the instant. `any` means
that no role is asked of a person; `-` under *permissions of an application* means that one on its
own is refused. Roles held over an administrative unit, or over the object itself, count for what is
in it; inside a restricted management unit only those held over that unit count.

*Owner* tells whether a person who owns the target needs no role; a permission there is one that an
application may have instead, for what it owns. *Member* tells that who is in the group needs none
either. Where *roles of a person* ends with *everywhere*, they count over the whole directory alone.

*Privileged* is what a target asks besides that could yield a role: of a person one of these roles
over the whole directory (and the permission, if one is named), of an application that acts alone
the permission. Owning it is not enough then, but for groups whose owners decide who is in them;
those that others wait for before something is approved are not left to their owners either.
"""
_AZURE: Final = """\
## Azure

Azure Resource Manager judges people and applications alike: by the actions that their roles in
force allow at the place or above it, unless a deny assignment says otherwise. A person's token
needs `user_impersonation` besides. *Without a condition* means that role assignments with one do
not count: who may assign roles on a condition does so past requests alone.
"""
_PRIVILEGED: Final = """\
## What is privileged

- a person or a service principal that holds a directory role or is eligible for one, now or ahead;
- whoever is a member or an owner of a group that is assignable to roles, or could become one,
  through other groups too;
- such a group itself, and a group that could become a member of it;
- whoever has to agree before a directory role is activated: the approvers that its policy names,
  people and groups, and whoever is in such a group, or could be, through other groups too;
- an application, or its service principal, that is permitted one of the following, on its own or
  for people, or whose service principal is privileged for one of the reasons above;
- consent to one of these permissions, in either form; `User.ReadWrite.All` counts for people alone,
  since an application on its own resets no administrator's password by it:

"""
_COLUMNS: Final = (
    "operation",
    "permissions of a person",
    "roles of a person",
    "permissions of an application",
    "owner",
    "privileged: a person",
    "privileged: an application",
)


def write_page() -> str:
    """The page as it should be."""
    rows, actions = "\n".join(_write_table()), "\n".join(_write_actions())
    names = "\n".join(f"  - `{name}`" for name in sorted(PRIVILEGED_FOR_PEOPLE))
    return f"{_HEAD}\n{rows}\n\n{_AZURE}\n{actions}\n\n{_PRIVILEGED}{names}\n"


def _write_table() -> Iterator[str]:
    yield _write_row(_COLUMNS)
    yield _write_row("---" for _ in _COLUMNS)
    rows = [o for o in Operation if REQUIREMENTS[o].action is None]
    yield from (_write_row(_write_cells(o, REQUIREMENTS[o])) for o in rows)


def _write_actions() -> Iterator[str]:
    yield _write_row(("operation", "action"))
    yield _write_row("---" for _ in range(2))
    for operation in Operation:
        needed = REQUIREMENTS[operation]
        if needed.action is not None:
            alone = " without a condition" if needed.is_unconditional else ""
            yield _write_row((f"`{operation.value}`", f"`{needed.action}`{alone}"))


def _write_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _write_cells(operation: Operation, needed: Requirement) -> tuple[str, ...]:
    stricter = needed.privileged
    return (
        f"`{operation.value}`",
        _join(needed.delegated),
        _write_roles(needed),
        NOTHING if needed.application is None else _join(needed.application),
        _write_owner(needed),
        NOTHING if stricter is None else _write_stricter(stricter.roles, stricter.delegated),
        NOTHING if stricter is None else _join(stricter.application),
    )


def _write_roles(needed: Requirement) -> str:
    if needed.roles is None:
        return "any"
    return f"{_name(needed.roles)}; everywhere" if needed.needs_directory else _name(needed.roles)


def _write_owner(needed: Requirement) -> str:
    if not needed.is_owner_enough:
        return NOTHING
    stricter = needed.privileged
    is_left = stricter is not None and stricter.is_owner_enough
    told = ["yes, of a privileged group as well" if is_left else "yes"]
    told += ["member"] if needed.is_member_enough else []
    return ", ".join([*told, _join(needed.owning)] if needed.owning else told)


def _write_stricter(roles: frozenset[RoleId], permissions: tuple[str, ...]) -> str:
    named = _name(roles)
    return f"{named}; {_join(permissions)}" if permissions else named


def _join(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _name(role_ids: Iterable[RoleId]) -> str:
    known = built_in_roles()
    return ", ".join(sorted(known[role_id].display_name for role_id in role_ids))


def main() -> int:
    """Writes the page."""
    PAGE.write_text(write_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
