"""People whom others vouch for: who of the tenant they are, and when that is not taken for granted.

What identifies somebody elsewhere for good is the issuer and the subject. A name or an address can
be given to somebody else there, so it counts once, at the first meeting, and never gives anybody an
account from which roles could be come by: whoever runs the other side, or finds a way to choose an
address there, would else be an administrator here.
"""

from dataclasses import dataclass
from enum import Enum

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.principal_changes import PrincipalFacts


class Rejection(Enum):
    """Why somebody is not let in."""

    UNKNOWN = "unknown"
    NOT_ENABLED = "notEnabled"
    PRIVILEGED = "privileged"
    LINKED_OTHERWISE = "linkedOtherwise"
    NAME_REFUSED = "nameRefused"


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody as their issuer knows them."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Voucher:
    """How far the name that somebody comes with is trusted.

    `is_certain`: the operator wrote down who it is, or the issuer is the organization's own and
    believed about everybody, or the person has proved here that the account is theirs.
    """

    is_certain: bool = False
    is_creating: bool = False


def judge_known(found: DirectoryObject) -> DirectoryObject | Rejection:
    """Somebody who was here before: as long as their account is."""
    is_there = found.is_enabled and found.deleted_at is None
    return found if is_there and found.kind is ObjectKind.USER else Rejection.NOT_ENABLED


def judge_match(
    facts: PrincipalFacts, subject: str | None, voucher: Voucher
) -> DirectoryObject | Rejection:
    """Somebody who comes with the name of an account; `subject` is whose that is already."""
    found = facts.object
    if found is None:
        return Rejection.UNKNOWN
    judged = judge_known(found)
    if isinstance(judged, Rejection):
        return judged
    if subject is not None:
        return Rejection.LINKED_OTHERWISE
    if facts.target.is_privileged and not voucher.is_certain:
        return Rejection.PRIVILEGED
    return judged
