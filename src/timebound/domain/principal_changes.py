"""What disabling or deleting a principal comes to, and when it is refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from timebound.domain.authority import Caller, authorize
from timebound.domain.cascade import Ending, cut_dependents, leaves_no_administrator
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.facts import AdministratorPath, Chain
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import PENDING, Request
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class PrincipalFacts:
    """The state of the world that concerns one principal.

    `grants` are all that are in force or ahead in a slot of the principal's and, for a group, those
    of membership and ownership in it; `requests` are the open ones in the same slots; `chain` is
    what stands on those slots.
    """

    caller: Caller
    object: DirectoryObject | None
    grants: tuple[Grant, ...] = ()
    requests: tuple[Request, ...] = ()
    chain: Chain = field(default_factory=Chain)
    administrators: tuple[AdministratorPath, ...] = ()


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
    found = _find(facts)
    if isinstance(found, Refused):
        return found
    if not is_enabled and (problems := _check_administrators(facts, found, ())):
        return Refused(problems)
    return Changed(replace(found, is_enabled=is_enabled))


def decide_deletion(facts: PrincipalFacts, at: Instant) -> Changed | Refused:
    """Everything that is held ends with its holder, a group's memberships with the group.

    What stands on them ends as well, open requests are closed, and a restore brings back none of
    it. The last administrator cannot be deleted, nor the group they are one through (promise 11).
    """
    found = _find(facts)
    if isinstance(found, Refused):
        return found
    if problems := _check_administrators(facts, found, (g.id for g in facts.grants)):
        return Refused(problems)
    ended = tuple(Ending(grant, at, is_cut=True) for grant in facts.grants)
    gone = {grant.id for grant in facts.grants}
    cuts = (c for c in cut_dependents(facts.chain, ended, (), at) if c.grant.id not in gone)
    closed = tuple(r for r in facts.requests if r.status_at(at) in PENDING)
    return Changed(replace(found, deleted_at=at), (*ended, *cuts), closed)


def _find(facts: PrincipalFacts) -> DirectoryObject | Refused:
    problems = authorize(Operation.CHANGE_PRINCIPAL, facts.caller)
    if problems:
        return Refused(problems)
    found = facts.object
    if found is None or found.deleted_at is not None or found.as_principal() is None:
        return Refused((Problem(Code.PRINCIPAL_NOT_FOUND),))
    return found


def _check_administrators(
    facts: PrincipalFacts, lost: DirectoryObject, ended: Iterable[GrantId]
) -> tuple[Problem, ...]:
    if leaves_no_administrator(facts.administrators, ended, lost.id):
        return (Problem(Code.LAST_ADMINISTRATOR),)
    return ()
