"""Scopes of the directory as Graph writes them: `/`, `/administrativeUnits/{id}`, `/{id}`."""

import re
from typing import Final

from timebound.domain.scopes import ADMINISTRATIVE_UNITS, DIRECTORY_ROOT, Scope, ScopeKind

GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCOPE: Final = re.compile(rf"/(?:(administrativeunits)/)?({GUID.pattern})")


def parse_scope(text: str) -> Scope | None:
    """The scope a `directoryScopeId` names, in any casing; none when it has no such form."""
    if text == "/":
        return DIRECTORY_ROOT
    found = _SCOPE.fullmatch(text.lower())
    if found is None:
        return None
    return Scope(ScopeKind.DIRECTORY, f"{ADMINISTRATIVE_UNITS if found[1] else '/'}{found[2]}")


def is_guid(text: str) -> bool:
    """Whether the text is a GUID in lower case."""
    return GUID.fullmatch(text) is not None
