"""Principals that rules name: approvers, and those whom a rule leaves out."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from msgspec import UnsetType

from timebound.dialects.arm.ids import is_guid
from timebound.dialects.arm.policies import wire
from timebound.dialects.arm.policies.problems import refuse_policy
from timebound.dialects.arm.policies.rules import MEMBER_TYPES, USER_TYPES
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.approval import Approver
from timebound.domain.policies.members import RuleMember
from timebound.domain.principals import PrincipalKind

_Kind = TypeVar("_Kind")

_APPROVERS: Final = {word: kind for kind, word in USER_TYPES.items()}
_MEMBERS: Final = {word: kind for kind, word in MEMBER_TYPES.items()}
_EXCEPTED: Final = {
    word: kind for word, kind in _MEMBERS.items() if kind is not PrincipalKind.SERVICE_PRINCIPAL
}


def read_approvers(sent: Iterable[wire.UserSet], place: str) -> tuple[Approver, ...]:
    """Who is asked to agree; refused when one has no id, or is of no type that can be asked."""
    return tuple(
        Approver(
            _read_kind(one.user_type, _APPROVERS, f"{place}/{n}/userType"),
            _read_id(one.id, f"{place}/{n}/id"),
            one.description or None,
            is_backup=one.is_backup is True,
        )
        for n, one in enumerate(sent)
    )


def read_exceptions(sent: Iterable[wire.UserSet], place: str) -> tuple[RuleMember, ...]:
    """People and groups that an expiration does not bind."""
    return tuple(
        RuleMember(
            _read_id(one.id, f"{place}/{n}/id"),
            _read_kind(one.user_type, _EXCEPTED, f"{place}/{n}/userType"),
            one.description or None,
            is_backup=one.is_backup is True,
        )
        for n, one in enumerate(sent)
    )


def read_excludes(
    sent: Iterable[wire.UsersOrServicePrincipalSet], place: str
) -> tuple[RuleMember, ...]:
    """Principals who may assign, or be assigned, past requests."""
    return tuple(
        RuleMember(
            _read_id(one.id, f"{place}/{n}/id"),
            _read_kind(one.type, _MEMBERS, f"{place}/{n}/type"),
            one.display_name or None,
        )
        for n, one in enumerate(sent)
    )


def _read_id(sent: str | UnsetType | None, place: str) -> PrincipalId:
    if not sent or not is_guid(sent):
        raise refuse_policy(place, "is no id of a principal")
    return PrincipalId(sent.lower())


def _read_kind(sent: str | UnsetType | None, known: Mapping[str, _Kind], place: str) -> _Kind:
    # quirk(arm): other words are taken in any case, this one as it is published - EasyPIM#28
    found = known.get(sent) if sent else None
    if found is None:
        raise refuse_policy(place, f"is none of {', '.join(known)}")
    return found
