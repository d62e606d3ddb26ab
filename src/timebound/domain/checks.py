"""The checks a decision is made of: subject, schedule, targets, collisions, eligibility."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from timebound.domain.facts import Eligibility, Facts, covers_until, member_until
from timebound.domain.grants import ACTIVE_KINDS, Basis, Grant, GrantKind
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.problems import Code, Problem, Reason, RuleName, invalid, rule_failed
from timebound.domain.requests import PENDING, Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import OWNER
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant, Window

EXTENSION_OPENS: Final = timedelta(days=14)
"""How long before its end a holder may ask to extend (behaviour book 7)."""
RENEWAL_CLOSES: Final = timedelta(days=30)
"""How long after its end an assignment may be renewed."""

_RENEWALS = (Action.ADMIN_RENEW, Action.SELF_RENEW)
_REPLACING = (Action.ADMIN_UPDATE, Action.ADMIN_EXTEND)
_ASKING = (Action.SELF_EXTEND, Action.SELF_RENEW)
_ANSWERS: Final = {
    Action.ADMIN_EXTEND: (Action.SELF_EXTEND,),
    # What nobody extended in time can only be renewed.
    Action.ADMIN_RENEW: (Action.SELF_EXTEND, Action.SELF_RENEW),
}


def check_action(draft: Draft) -> tuple[Problem, ...]:
    """Activating and deactivating are requests about assignments, never about eligibilities."""
    is_use = draft.action in (Action.SELF_ACTIVATE, Action.SELF_DEACTIVATE)
    if is_use and draft.kind is RequestKind.ELIGIBILITY:
        return (invalid("action", Reason.NOT_APPLICABLE),)
    return ()


def check_subject(facts: Facts, draft: Draft) -> tuple[Problem, ...]:
    """Role, scope and principal exist and fit one another; what takes away need not fit."""
    return tuple(_subject_problems(facts, draft))


def _subject_problems(facts: Facts, draft: Draft) -> Iterator[Problem]:
    role, scope = facts.role, facts.slot.scope
    if role is None:
        yield Problem(Code.ROLE_NOT_FOUND, value=facts.slot.role_id, property="roleDefinitionId")
    elif not draft.action.is_ending and (
        role.kind is not scope.kind
        or not facts.is_role_offered
        or (scope.kind is ScopeKind.DIRECTORY and scope.level not in role.levels)
    ):
        yield Problem(Code.ROLE_DOES_NOT_FIT_SCOPE, property="directoryScopeId", value=scope.path)
    elif not (role.is_enabled or draft.action.is_ending):
        yield invalid("roleDefinitionId", Reason.ROLE_DISABLED)
    if not facts.is_scope_known:
        yield Problem(Code.SCOPE_NOT_FOUND, property="directoryScopeId", value=scope.path)
    principal = facts.principal
    if principal is None or principal.is_deleted:
        yield Problem(
            Code.PRINCIPAL_NOT_FOUND, property="principalId", value=facts.slot.principal_id
        )
    elif not draft.action.is_ending and (reason := _why_not_allowed(facts, draft)):
        yield Problem(Code.PRINCIPAL_NOT_ALLOWED, reason=reason, property="principalId")


def _why_not_allowed(facts: Facts, draft: Draft) -> Reason | None:
    principal, group = facts.principal, facts.governed_group
    if principal is None:
        return None
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    if principal.kind is PrincipalKind.SERVICE_PRINCIPAL and is_eligibility:
        return Reason.KIND_NOT_ELIGIBLE
    if group is not None and (group.is_dynamic or group.is_synced):
        return Reason.GROUP_NOT_MANAGEABLE
    if principal.kind is not PrincipalKind.GROUP:
        return None
    if facts.slot.scope.kind is ScopeKind.DIRECTORY and not principal.is_role_assignable:
        return Reason.NOT_ROLE_ASSIGNABLE
    if group is None or _may_be_in(principal, group, facts, is_eligibility=is_eligibility):
        return None
    return Reason.NOT_APPLICABLE


def _may_be_in(inner: Principal, group: Principal, facts: Facts, *, is_eligibility: bool) -> bool:
    """A group is never in itself, owns no other, and is only eligible in a role-assignable one."""
    if inner.id == group.id or facts.slot.role_id == OWNER:
        return False
    return is_eligibility or not group.is_role_assignable


def check_length(facts: Facts, draft: Draft, window: Window) -> tuple[Problem, ...]:
    """Nothing shorter than the minimum can be held (behaviour book 1.5)."""
    is_bare = draft.schedule is None or draft.schedule.expiration is None
    if is_bare or window.length >= facts.settings.minimum_active_duration:
        return ()
    return (Problem(Code.DURATION_TOO_SHORT, property="scheduleInfo/expiration"),)


def find_targets(facts: Facts, draft: Draft, at: Instant) -> tuple[Grant, ...]:
    """The grants that an action is about: what it ends, replaces or prolongs."""
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    kind = GrantKind.ELIGIBLE if is_eligibility else GrantKind.ASSIGNED
    match draft.action:
        case Action.ADMIN_REMOVE:
            kinds = (GrantKind.ELIGIBLE,) if is_eligibility else ACTIVE_KINDS
            return facts.in_force(at, *kinds)
        case Action.SELF_DEACTIVATE:
            return facts.in_force(at, GrantKind.ACTIVATED)
        case Action.ADMIN_UPDATE:
            return facts.in_force(at, kind) or _first(facts.ahead(at, kind))
        case Action.ADMIN_EXTEND | Action.SELF_EXTEND:
            return tuple(g for g in facts.in_force(at, kind) if not g.is_endless)
        case _:
            return ()


def find_replaced(facts: Facts, draft: Draft, at: Instant) -> tuple[Grant, ...]:
    """The grants in whose place the action writes another."""
    return find_targets(facts, draft, at) if draft.action in _REPLACING else ()


def find_answered(facts: Facts, draft: Draft, at: Instant) -> tuple[Request, ...]:
    """The open requests of the holder that an extension or a renewal by somebody else grants.

    No published door decides such a request by itself; who administers does what it asks for
    (Graph, overview of PIM for roles). Whoever asked does not grant it to themselves that way.
    """
    asked = _ANSWERS.get(draft.action, ())
    holder = facts.slot.principal_id
    return tuple(
        r
        for r in facts.requests
        if r.draft.kind is draft.kind
        and r.draft.action in asked
        and r.status_at(at) is Status.PENDING_ADMIN_DECISION
        and facts.caller.id not in (holder, r.author.user_id)
    )


def _first(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    return tuple(sorted(grants, key=lambda g: g.window.start)[:1])


def check_end(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    """Something is there to be taken away, and it is not too young for that."""
    targets = find_targets(facts, draft, at)
    arrived = at - facts.settings.propagation_delay
    since = [held_since(facts, g) for g in targets if g.request_id is not None]
    if all(start > arrived for start in since) and len(since) == len(targets):
        return (Problem(Code.ASSIGNMENT_MISSING),)
    oldest = at - facts.settings.minimum_active_duration
    if any(start > oldest for start in since):
        return (Problem(Code.DURATION_TOO_SHORT),)
    return ()


def held_since(facts: Facts, grant: Grant) -> Instant:
    """Since when what a grant gives was had without a gap, before changes and extensions of it.

    A grant that ended by the request that made another, just as that one began, is gone on with.
    Facts know what ended within the last 30 days: what was had for longer is old enough.
    """
    replaced: dict[str | None, Grant] = {}
    for one in sorted(facts.grants, key=lambda g: g.window.start, reverse=True):
        if one.kind is grant.kind and one.request_id != one.ended_by:
            replaced[one.ended_by] = one
    first, made_by = grant, grant.request_id
    while made_by is not None and (before := replaced.get(made_by)) is not None:
        if not before.window.start <= before.until == first.window.start:
            break
        first, made_by = before, before.request_id
    return first.window.start


def check_target(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    """What is updated, extended or renewed is there, and it is time for that (EXT rows)."""
    if draft.action in _RENEWALS:
        return _check_renewal(facts, draft, at)
    if draft.action not in (Action.ADMIN_UPDATE, Action.ADMIN_EXTEND, Action.SELF_EXTEND):
        return ()
    targets = find_targets(facts, draft, at)
    if not targets:
        return (Problem(Code.ASSIGNMENT_MISSING),)
    is_early = all(g.until - at > EXTENSION_OPENS for g in targets)
    if draft.action is Action.SELF_EXTEND and is_early:
        return (invalid("action", Reason.TOO_EARLY_TO_EXTEND),)
    return ()


def _check_renewal(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    kind = GrantKind.ELIGIBLE if is_eligibility else GrantKind.ASSIGNED
    if facts.in_force(at, kind):
        return (Problem(Code.ASSIGNMENT_EXISTS),)
    return () if find_renewable(facts, kind, at) else (Problem(Code.ASSIGNMENT_MISSING),)


def find_renewable(facts: Facts, kind: GrantKind, at: Instant) -> tuple[Grant, ...]:
    """What came to its own end within the time in which it may be renewed."""
    return tuple(
        g
        for g in facts.grants
        if g.kind is kind and g.until == g.window.end and g.until <= at <= g.until + RENEWAL_CLOSES
    )


def check_collision(facts: Facts, draft: Draft, window: Window, at: Instant) -> tuple[Problem, ...]:
    """Nothing of the same kind is open, running, or planned for the same minutes (book 1.4)."""
    answered = find_answered(facts, draft, at)
    is_open = any(
        r.draft.kind is draft.kind and r.status_at(at) in PENDING and r not in answered
        for r in facts.requests
    )
    pending = (Problem(Code.REQUEST_PENDING),) if is_open else ()
    if draft.action in _ASKING:
        return pending
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    family = (GrantKind.ELIGIBLE,) if is_eligibility else ACTIVE_KINDS
    replaced = find_replaced(facts, draft, at)
    ahead = tuple(g for g in facts.ahead(at, *family) if g not in replaced)
    running = facts.in_force(at, *family)
    if draft.action in _REPLACING:
        # What runs beside that which is replaced may go on doing so; nothing is moved into it.
        beside = running if any(g.is_ahead(at) for g in replaced) else ()
        return (
            *_check_overlap(ahead, window, Code.REQUEST_OVERLAPS),
            *_check_overlap(beside, window, Code.ASSIGNMENT_EXISTS),
        )
    if ahead and window.start <= at:
        pending = (Problem(Code.REQUEST_PENDING),)
    return (
        *(pending or _check_overlap(ahead, window, Code.REQUEST_OVERLAPS)),
        *_check_overlap(running, window, Code.ASSIGNMENT_EXISTS),
        *_check_leftovers(facts, family, window, at),
    )


def _check_leftovers(
    facts: Facts, family: tuple[GrantKind, ...], window: Window, at: Instant
) -> tuple[Problem, ...]:
    """What has ended is in the way until word of it has arrived (behaviour book 1.10)."""
    delay = facts.settings.propagation_delay
    is_there = window.start <= at and any(
        g.kind in family and g.window.start < g.until <= at < g.until + delay for g in facts.grants
    )
    return (Problem(Code.ASSIGNMENT_EXISTS),) if is_there else ()


def _check_overlap(others: tuple[Grant, ...], window: Window, code: Code) -> tuple[Problem, ...]:
    return (Problem(code),) if any(window.touches(g.span) for g in others) else ()


def check_eligibility(facts: Facts, draft: Draft, window: Window) -> tuple[Problem, ...]:
    """Who activates is eligible at exactly that scope when the activation starts."""
    if draft.action is not Action.SELF_ACTIVATE:
        return ()
    if activation_basis(facts, window.start, draft.eligibility_id):
        return ()
    return (rule_failed(RuleName.ELIGIBILITY, Reason.NOT_ELIGIBLE),)


def activation_basis(
    facts: Facts, start: Instant, named: GrantId | None = None
) -> tuple[Basis, Instant] | None:
    """What an activation from `start` stands on, and until when that holds.

    The eligibility that is named. Or else one at the place itself, whatever is held above: of
    those, the one that holds longest.
    """
    found = [
        (until, Basis(e.slot, eligible.id))
        for e in facts.eligibilities
        for eligible in e.grants
        if named in (None, eligible.id)
        and _may_be_used(facts, eligible, start)
        and (until := _holds_until(facts, e, start)) > start
    ]
    if not found:
        return None
    here, own = facts.slot.scope, facts.slot
    until, basis = max(found, key=lambda f: (f[1].slot.scope == here, f[0], f[1].slot == own))
    return basis, until


def _may_be_used(facts: Facts, eligible: Grant, start: Instant) -> bool:
    arrived = eligible.created_at + facts.settings.propagation_delay
    return eligible.is_in_force(start) and arrived <= start


def _holds_until(facts: Facts, eligibility: Eligibility, start: Instant) -> Instant:
    until = min(covers_until(eligibility.grants, start), facts.settings.licensed_until)
    memberships = eligibility.memberships
    if memberships is None:
        return until

    def held_by(holder: PrincipalId) -> Iterator[Grant]:
        return (m for m in memberships if m.slot.principal_id == holder)

    holder, group = facts.slot.principal_id, eligibility.slot.principal_id
    return min(until, member_until(held_by, holder, group, start))
