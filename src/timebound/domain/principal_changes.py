"""What disabling or deleting a principal comes to, and when it is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.cascade import Ending, cut_dependents, leaves_no_administrator
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.facts import AdministratorPath, Chain
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import PENDING, Request
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant

_ENABLING: Final = {
    ObjectKind.USER: Operation.CHANGE_SIGN_IN,
    ObjectKind.SERVICE_PRINCIPAL: Operation.UPDATE_SERVICE_PRINCIPAL,
}
DELETING: Final = {
    ObjectKind.USER: Operation.DELETE_USER,
    ObjectKind.GROUP: Operation.DELETE_GROUP,
    ObjectKind.SERVICE_PRINCIPAL: Operation.DELETE_SERVICE_PRINCIPAL,
    ObjectKind.APPLICATION: Operation.DELETE_APPLICATION,
    ObjectKind.ADMINISTRATIVE_UNIT: Operation.DELETE_UNIT,
}
"""What deleting asks for; restoring and removing for ever ask for the same."""


@dataclass(frozen=True, slots=True)
class PrincipalFacts:
    """The state of the world that concerns one principal.

    `grants` are all that are in force or ahead in a slot of the principal's and, for a group, those
    of membership and ownership in it; `requests` are the open ones in the same slots; `chain` is
    what stands on those slots; `target` is what the authority for changing it depends on.
    """

    caller: Caller
    object: DirectoryObject | None
    grants: tuple[Grant, ...] = ()
    requests: tuple[Request, ...] = ()
    chain: Chain = field(default_factory=Chain)
    target: Target = field(default_factory=Target)
    administrators: tuple[AdministratorPath, ...] = ()

    @property
    def as_seen(self) -> Target:
        """A group to whoever looks into it: whether it can hold roles is all that counts.

        What makes somebody's changes dangerous keeps nobody from looking. One that is gone for
        good may have held roles.
        """
        is_ordinary = self.object is not None and not self.object.is_role_assignable
        return replace(
            self.target,
            restricted_unit_ids=frozenset(),
            is_privileged=not is_ordinary,
            is_delegable=True,
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """The principal as it is from now on, and what ends with the change."""

    object: DirectoryObject
    endings: tuple[Ending, ...] = ()
    closed: tuple[Request, ...] = ()


def decide_enabling(facts: PrincipalFacts, *, is_enabled: bool) -> Changed | Refused:
    """Disabling masks what is held and enabling shows it again: nothing ends.

    The last person who is an administrator without an end cannot be disabled (promise 11).
    """
    found = _find(facts, _ENABLING)
    if isinstance(found, Refused):
        return found
    if not is_enabled and (problems := _check_administrators(facts, found, ())):
        return Refused(problems)
    return Changed(replace(found, is_enabled=is_enabled))


def decide_deletion(
    facts: PrincipalFacts, at: Instant, kind: ObjectKind | None = None
) -> Changed | Refused:
    """Everything that is held ends with its holder, a group's memberships with the group.

    What stands on them ends as well, open requests are closed, and a restore brings back none of
    it. The last administrator cannot be deleted, nor the group they are one through (promise 11).
    """
    found = _find(facts, DELETING if kind is None else {kind: DELETING[kind]})
    if isinstance(found, Refused):
        return found
    if problems := _check_administrators(facts, found, (g.id for g in facts.grants)):
        return Refused(problems)
    ended = tuple(Ending(grant, at, is_cut=True) for grant in facts.grants)
    gone = {grant.id for grant in facts.grants}
    cuts = (c for c in cut_dependents(facts.chain, ended, (), at) if c.grant.id not in gone)
    closed = tuple(r for r in facts.requests if r.status_at(at) in PENDING)
    return Changed(replace(found, deleted_at=at), (*ended, *cuts), closed)


def _find(
    facts: PrincipalFacts, operations: Mapping[ObjectKind, Operation]
) -> DirectoryObject | Refused:
    found = facts.object
    if found is None or found.deleted_at is not None or found.kind not in operations:
        return refuse_absent(facts, operations.values())
    problems = authorize(operations[found.kind], facts.caller, facts.target)
    return Refused(problems) if problems else found


def refuse_absent(facts: PrincipalFacts, operations: Iterable[Operation]) -> Refused:
    """The refusal of an object that is not there: only who may write any such is told that."""
    refusals = [authorize(operation, facts.caller) for operation in operations]
    if refusals and all(refusals):
        return Refused(refusals[0])
    return Refused((Problem(Code.OBJECT_NOT_FOUND, value=facts.target.id),))


def _check_administrators(
    facts: PrincipalFacts, lost: DirectoryObject, ended: Iterable[GrantId]
) -> tuple[Problem, ...]:
    if leaves_no_administrator(facts.administrators, ended, lost.id):
        return (Problem(Code.LAST_ADMINISTRATOR),)
    return ()
