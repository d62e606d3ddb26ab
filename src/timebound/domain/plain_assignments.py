"""Roles assigned and taken away past requests: at once, without an end, bound by no policy."""

from timebound.domain.aiming import aim
from timebound.domain.authority import authorize
from timebound.domain.cascade import Ending, cut_dependents, leaves_no_administrator
from timebound.domain.checks import check_subject
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import ACTIVE_KINDS, GrantKind
from timebound.domain.kinds_of_work import WORK
from timebound.domain.policies.pim_only_mode import PimOnlyMode
from timebound.domain.problems import Code, Problem, Reason, RuleName, in_order, rule_failed
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind
from timebound.domain.times import ENDLESS, Instant, Window


def decide_assignment(facts: Facts, at: Instant) -> NewGrant | Refused:
    """The endless grant that an assignment past requests makes.

    Role, scope and principal have to fit as they do in a request; the policy of the role says
    nothing here, since it binds requests alone, but that of an Azure role may allow requests alone.
    Whatever is held in the slot, now or later, is in the way: there is one assignment of a role to
    a principal at a scope.
    """
    if problems := _check_authority(facts, Action.ADMIN_ASSIGN):
        return Refused(problems)
    draft = Draft(RequestKind.ASSIGNMENT, Action.ADMIN_ASSIGN, facts.slot)
    unmet = check_subject(facts, draft)
    if facts.in_force(at, *ACTIVE_KINDS) or facts.ahead(at, *ACTIVE_KINDS):
        unmet = (*unmet, Problem(Code.OBJECT_CONFLICTS))
    unmet = (*unmet, *check_outside(facts))
    if unmet:
        return Refused(in_order(unmet))
    return NewGrant(GrantKind.ASSIGNED, Window(at, ENDLESS))


def check_outside(facts: Facts) -> tuple[Problem, ...]:
    """Why a role is not assigned past requests; nothing where the policy allows or reports it."""
    if is_left_to_requests(facts) and facts.policy.pim_only_mode.mode is PimOnlyMode.ENABLED:
        return (rule_failed(RuleName.PIM_ONLY_MODE, Reason.OUTSIDE_PIM),)
    return ()


def is_left_to_requests(facts: Facts) -> bool:
    """Whether the policy would have the role assigned by a request; its mode says what follows."""
    caller, principal = facts.caller, facts.principal
    if facts.slot.scope.kind is not ScopeKind.AZURE or principal is None:
        return False
    asking = frozenset({caller.id, *caller.group_ids})
    rule = facts.policy.pim_only_mode
    return rule.is_breached(asking, principal, is_by_application=caller.is_application)


def decide_unassignment(facts: Facts, at: Instant) -> tuple[Ending, ...] | Refused:
    """The ends of what makes somebody hold a role, however they came to it (REM-011).

    The last administrator stays one (promise 11), and nobody takes their own Global Administrator
    from themselves here.
    """
    if problems := _check_authority(facts, Action.ADMIN_REMOVE):
        return Refused(problems)
    held = facts.in_force(at, *ACTIVE_KINDS)
    if not held:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    unmet = _check_own(facts)
    if leaves_no_administrator(facts.administrators, (g.id for g in held)):
        unmet = (*unmet, Problem(Code.LAST_ADMINISTRATOR))
    if unmet:
        return Refused(in_order(unmet))
    ended = tuple(Ending(grant, at) for grant in held)
    return (*ended, *cut_dependents(facts.chain, ended, (), at))


def _check_authority(facts: Facts, action: Action) -> tuple[Problem, ...]:
    work = WORK[facts.slot.scope.kind]
    operation = work.unassign if action.is_ending else work.assign
    return authorize(operation, facts.caller, aim(facts, is_ending=action.is_ending))


def _check_own(facts: Facts) -> tuple[Problem, ...]:
    slot = facts.slot
    is_top = slot.role_id == GLOBAL_ADMINISTRATOR and slot.scope == DIRECTORY_ROOT
    if is_top and facts.caller.id == slot.principal_id:
        return (Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.OWN_ADMINISTRATION),)
    return ()
