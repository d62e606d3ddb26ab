"""The ids that Graph computes from what is held: role, principal and scope in one text.

Source: published examples, decoded; behaviour book, section 5.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.scopes import (
    ADMINISTRATIVE_UNITS,
    DIRECTORY_ROOT,
    Scope,
    ScopeKind,
    ScopeLevel,
)

_GUID_SIZE: Final = 16
_ON_UNIT: Final = 2
_FORM: Final = re.compile(r"([A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{64})-([12])(-e)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class HeldId:
    """What a computed id says: the slot, and whether the role is held or only within reach."""

    slot: Slot
    is_eligible: bool


def format_held_id(slot: Slot, *, is_eligible: bool) -> str:
    """The id of a role assignment or of an instance, for a slot in the directory.

    Base64url of role, principal and scope object (GUIDs with little-endian fields), then `-1` for
    the tenant or a single object and `-2` for an administrative unit, and `-e` for an eligibility.
    """
    text = _format_slot(slot.role_id, slot.principal_id, slot.scope.path)
    return f"{text}-e" if is_eligible else text


@lru_cache(maxsize=4096)
def _format_slot(role_id: str, principal_id: str, path: str) -> str:
    scope = Scope(ScopeKind.DIRECTORY, path)
    parts = [role_id, principal_id]
    if scope.object_id is not None:
        parts.append(scope.object_id)
    packed = b"".join(UUID(part).bytes_le for part in parts)
    ending = "-2" if scope.level is ScopeLevel.ADMINISTRATIVE_UNIT else "-1"
    return f"{urlsafe_b64encode(packed).rstrip(b'=').decode()}{ending}"


def parse_held_id(text: str) -> HeldId | None:
    """What a computed id stands for; none when it is no such id."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        packed = urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    except (Error, ValueError):
        return None
    guids = [
        str(UUID(bytes_le=packed[start : start + _GUID_SIZE]))
        for start in range(0, len(packed), _GUID_SIZE)
    ]
    scope = _read_scope(guids[2:], is_unit=int(found[2]) == _ON_UNIT)
    if scope is None:
        return None
    held = HeldId(Slot(PrincipalId(guids[1]), RoleId(guids[0]), scope), found[3] is not None)
    # Only the one spelling that is given out is an id: unused bits at the end must be zero.
    return held if format_held_id(held.slot, is_eligible=held.is_eligible) == text else None


def _read_scope(rest: list[str], *, is_unit: bool) -> Scope | None:
    if not rest:
        return None if is_unit else DIRECTORY_ROOT
    return Scope(ScopeKind.DIRECTORY, f"{ADMINISTRATIVE_UNITS if is_unit else '/'}{rest[0]}")
