"""Members and owners of groups, past PIM: added and taken away, and when that is refused.

A membership is a grant like any other, so what is given here shows in every list of what is held,
and what stood on it ends when it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from timebound.domain.authority import Target, authorize
from timebound.domain.cascade import (
    Ending,
    cut_dependents,
    leaves_no_administrator,
    leaves_no_owner,
)
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.directory_changes import refuse_property
from timebound.domain.facts import Facts
from timebound.domain.grants import ACTIVE_KINDS, GrantKind, Slot
from timebound.domain.ids import RoleId
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.requirements import Operation
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.times import ENDLESS, Instant, Window

PROPERTIES: Final = {MEMBER: "members", OWNER: "owners"}
_OPERATIONS: Final = {
    MEMBER: Operation.CHANGE_GROUP_MEMBERS,
    OWNER: Operation.CHANGE_GROUP_OWNERS,
}


@dataclass(frozen=True, slots=True)
class Added:
    """The memberships that begin, slot by slot."""

    grants: tuple[tuple[Slot, NewGrant], ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """What ends with a membership that is taken away."""

    endings: tuple[Ending, ...]


def decide_addition(facts: Sequence[Facts], target: Target, at: Instant) -> Added | Refused:
    """Makes principals members, or owners, of one group for ever; all of them or none.

    `facts` are those of each one's slot, `target` is the group. Members of a dynamic or synced
    group are not ours to choose; a group is never in a role-assignable one, nor in itself; whoever
    is a member already is refused.
    """
    group = _find_group(facts[0], target)
    if isinstance(group, Refused):
        return group
    return begin_memberships(facts, group, at)


def begin_memberships(facts: Sequence[Facts], group: Principal, at: Instant) -> Added | Refused:
    """The memberships and ownerships of a group that begin, whoever may ask for them."""
    problems = [p for one in facts for p in _check_new(one, group, at)]
    problems += [p for one in facts for p in _check_source(group, one.slot.role_id)]
    if problems:
        return Refused(in_order(problems))
    new = NewGrant(GrantKind.ASSIGNED, Window(at, ENDLESS))
    return Added(tuple((one.slot, new) for one in facts))


def decide_removal(facts: Facts, target: Target, at: Instant) -> Removed | Refused:
    """Ends what makes a principal a member, or an owner, of a group now, activations included.

    What stood on it ends as well. Refused where the last administrator would be lost (promise 11)
    or the last owner of a group.
    """
    group, role_id = _find_group(facts, target), facts.slot.role_id
    if isinstance(group, Refused):
        return group
    held = facts.in_force(at, *ACTIVE_KINDS)
    if not held:
        return Refused((Problem(Code.OBJECT_NOT_FOUND, value=facts.slot.principal_id),))
    problems = list(_check_source(group, role_id))
    if leaves_no_owner(facts, target.owner_ids, held, at):
        problems.append(refuse_property("owners", Reason.LAST_OWNER))
    if leaves_no_administrator(facts.administrators, (grant.id for grant in held)):
        problems.append(Problem(Code.LAST_ADMINISTRATOR))
    if problems:
        return Refused(in_order(problems))
    ended = tuple(Ending(grant, at) for grant in held)
    gone = {grant.id for grant in held}
    cuts = (c for c in cut_dependents(facts.chain, ended, (), at) if c.grant.id not in gone)
    return Removed((*ended, *cuts))


def _find_group(facts: Facts, target: Target) -> Principal | Refused:
    problems = authorize(_OPERATIONS[facts.slot.role_id], facts.caller, target)
    if problems:
        return Refused(problems)
    if facts.governed_group is None:
        return Refused((Problem(Code.OBJECT_NOT_FOUND, value=facts.slot.scope.path),))
    return facts.governed_group


def _check_source(group: Principal, role_id: RoleId) -> tuple[Problem, ...]:
    if role_id == MEMBER and (group.is_dynamic or group.is_synced):
        return (refuse_property("members", Reason.GROUP_NOT_MANAGEABLE),)
    return ()


def _check_new(facts: Facts, group: Principal, at: Instant) -> tuple[Problem, ...]:
    principal, role_id = facts.principal, facts.slot.role_id
    if principal is None or principal.is_deleted:
        return (Problem(Code.OBJECT_NOT_FOUND, value=facts.slot.principal_id),)
    named = PROPERTIES[role_id]
    is_group = principal.kind is PrincipalKind.GROUP
    if is_group and (role_id == OWNER or group.is_role_assignable or principal.id == group.id):
        return (refuse_property(named, Reason.WRONG_KIND),)
    if facts.in_force(at, *ACTIVE_KINDS):
        return (Problem(Code.REFERENCE_EXISTS, property=named),)
    return ()
