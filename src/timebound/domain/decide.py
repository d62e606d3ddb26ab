"""The decision: facts, a draft and an instant in; what follows from them out. Nothing else.

`decide` judges a new request of any action; what becomes of an open one is judged in `settle`.
Every check is made and every unmet one reported; validation only is the same line of code.
"""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from timebound.domain.activation_policies import bind_activation
from timebound.domain.approvals import Approval
from timebound.domain.asked import asked_window
from timebound.domain.azure_limits import check_room
from timebound.domain.cascade import (
    Ending,
    cut_dependents,
    leaves_no_administrator,
    leaves_no_owner,
)
from timebound.domain.checks import (
    activation_basis,
    check_action,
    check_collision,
    check_eligibility,
    check_end,
    check_length,
    check_subject,
    check_target,
    find_answered,
    find_replaced,
    find_targets,
)
from timebound.domain.evaluations import Evaluation, Stage
from timebound.domain.facts import Facts
from timebound.domain.grants import Basis, Grant, GrantKind, Terms
from timebound.domain.ids import GrantId
from timebound.domain.licensing import check_license
from timebound.domain.policies import Case, SignIn
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import MissingExpiration
from timebound.domain.terms import (
    check_terms,
    find_activation_terms,
    find_terms,
    is_same_condition,
    read_update,
)
from timebound.domain.times import (
    AskedSchedule,
    Expiration,
    ExpirationType,
    Instant,
    Window,
    add_span,
)

_COMING_BACK: Final = frozenset({GLOBAL_ADMINISTRATOR})
_ASKING: Final = frozenset({Action.SELF_EXTEND, Action.SELF_RENEW})


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant to be written."""

    kind: GrantKind
    window: Window
    basis: Basis | None = None
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """Takes effect at once: PROVISIONED with a grant, REVOKED or CANCELED without one."""

    status: Status
    grant: NewGrant | None = None
    endings: tuple[Ending, ...] = ()
    answered: tuple[Request, ...] = ()
    """The holder's own requests for the same, which waited for this."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Takes effect at the start of the grant's window."""

    grant: NewGrant
    endings: tuple[Ending, ...] = ()
    answered: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """Waits: for an approver of the policy, or for an administrator (extension, renewal)."""

    status: Status
    approval: Approval


@dataclass(frozen=True, slots=True)
class NeedsEvaluation:
    """Waits for an extension of the policy, by which nothing is granted yet."""

    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Refused:
    """Everything that is wrong, in the order of the checks."""

    problems: tuple[Problem, ...]


Decision: TypeAlias = Granted | Scheduled | NeedsApproval | NeedsEvaluation | Refused


def decide(facts: Facts, draft: Draft, at: Instant) -> Decision:
    """What becomes of a draft at `at`. Source: behaviour book 1.2 to 1.8."""
    if misplaced := check_action(draft):
        return Refused(misplaced)
    facts = bind_activation(facts, draft, at)
    draft = read_update(facts, complete(facts, draft), at)
    unmet = (*check_license(facts.settings, at), *check_subject(facts, draft))
    if draft.action.is_ending:
        unmet = (*unmet, *_check_ending(facts, draft, at))
        return Refused(in_order(unmet)) if unmet else _revoke(facts, draft, at)
    window, malformed = asked_window(draft, at)
    unmet = (*unmet, *malformed, *check_target(facts, draft, at))
    if not malformed:
        unmet = (*unmet, *_check_window(facts, draft, window, at))
    return Refused(in_order(unmet)) if unmet else _allow(facts, draft, window, at)


def complete(facts: Facts, draft: Draft) -> Draft:
    """The draft with the policy's maximum as its length, where the tenant wants that (ACT-051)."""
    is_bare = draft.schedule is None or draft.schedule.expiration is None
    rule = facts.policy.activation
    wants_maximum = facts.settings.missing_expiration is MissingExpiration.MAXIMUM
    if not (is_bare and wants_maximum and rule and draft.action is Action.SELF_ACTIVATE):
        return draft
    start = draft.schedule.start if draft.schedule else None
    expiration = Expiration(ExpirationType.AFTER_DURATION, duration=rule.maximum)
    return replace(draft, schedule=AskedSchedule(start, expiration))


def sign_in_of(facts: Facts) -> SignIn:
    """How strongly the caller signed in."""
    return facts.caller.token.sign_in


def _check_ending(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    found = check_end(facts, draft, at)
    if found:
        return found
    ended = find_targets(facts, draft, at)
    return (*_check_administrators(facts, ended), *_check_owners(facts, ended, at))


def _check_administrators(facts: Facts, ended: tuple[Grant, ...]) -> tuple[Problem, ...]:
    if leaves_no_administrator(facts.administrators, (g.id for g in ended)):
        return (Problem(Code.LAST_ADMINISTRATOR),)
    return ()


def _check_owners(facts: Facts, ended: tuple[Grant, ...], at: Instant) -> tuple[Problem, ...]:
    """Any group keeps its last owner, whether roles can be assigned to it or not.

    So does a subscription of Azure, but for a Global Administrator, who can come back to it.
    """
    if facts.slot.scope.kind is ScopeKind.AZURE and facts.caller.holds_any(_COMING_BACK):
        return ()
    if leaves_no_owner(facts, facts.target.owner_ids, ended, at):
        return (Problem(Code.LAST_ADMINISTRATOR, reason=Reason.LAST_OWNER),)
    return ()


def _check_window(facts: Facts, draft: Draft, window: Window, at: Instant) -> tuple[Problem, ...]:
    replaced, begins_now = find_replaced(facts, draft, at), window.start <= at
    is_administrator = window.is_endless and begins_now
    return (
        *check_collision(facts, draft, window, at),
        *check_length(facts, draft, window),
        *_check_administrators(facts, () if is_administrator else replaced),
        *_check_owners(facts, () if begins_now else replaced, at),
        *check_terms(draft),
        *check_eligibility(facts, draft, window),
        *check_rules(facts, draft, window),
        # What waits takes no room yet.
        *(() if _waits(facts, draft.action, at) else check_room(facts, draft, at)),
    )


def _waits(facts: Facts, action: Action, at: Instant) -> bool:
    """Whether somebody is asked before anything is granted."""
    return (
        action in _ASKING
        or find_approval(facts, action) is not None
        or any(find_evaluation(facts, action, stage, at) for stage in Stage)
    )


def check_rules(facts: Facts, draft: Draft, window: Window) -> tuple[Problem, ...]:
    """Every rule of the policy that the draft, with the window it means, does not meet."""
    return facts.policy.problems(Case(draft, window, sign_in_of(facts), facts.settings))


def _revoke(facts: Facts, draft: Draft, at: Instant) -> Granted:
    ended = tuple(Ending(grant, at) for grant in find_targets(facts, draft, at))
    cuts = cut_dependents(facts.chain, ended, (), at)
    return Granted(Status.REVOKED, endings=(*ended, *cuts))


def _allow(facts: Facts, draft: Draft, window: Window, at: Instant) -> Decision:
    if draft.action in _ASKING:
        return NeedsApproval(Status.PENDING_ADMIN_DECISION, Approval())
    if waiting := find_evaluation(facts, draft.action, Stage.PRE_APPROVAL, at):
        return NeedsEvaluation(waiting)
    if approval := find_approval(facts, draft.action):
        return NeedsApproval(Status.PENDING_APPROVAL, approval)
    if waiting := find_evaluation(facts, draft.action, Stage.POST_APPROVAL, at):
        return NeedsEvaluation(waiting)
    written = write_grant(facts, draft, window, at)
    return replace(written, answered=find_answered(facts, draft, at))


def find_approval(facts: Facts, action: Action) -> Approval | None:
    """The approval that the action waits for; none where the policy wants none."""
    rule = facts.policy.approval
    if not rule.needs_approval(action):
        return None
    place = facts.eligible_at
    return Approval(
        rule.approvers(facts.slot.scope.kind),
        rule.needs_approver_justification,
        eligible_at=None if place is None else place.path,
    )


def find_evaluation(facts: Facts, action: Action, stage: Stage, at: Instant) -> Evaluation | None:
    """What the action waits for at a stage; none where the policy names no extension for it."""
    extension_id = facts.policy.extension(stage)
    if action is not Action.SELF_ACTIVATE or extension_id is None:
        return None
    return Evaluation(stage, extension_id, at)


def write_grant(facts: Facts, draft: Draft, window: Window, at: Instant) -> Granted | Scheduled:
    """The grant that an allowed draft comes to, and what it replaces."""
    ended = tuple(Ending(grant, at) for grant in find_replaced(facts, draft, at))
    grant = NewGrant(kind_of(draft), window, terms=find_terms(facts, draft, at))
    if draft.action is Action.SELF_ACTIVATE:
        grant = _activation(facts, draft, window)
    # What stood on another condition does not go on standing.
    is_carried_on = bool(ended) and all(
        is_same_condition(e.grant.terms, grant.terms) for e in ended
    )
    added = (_as_grant(facts, grant, at),) if is_carried_on else ()
    endings = (*ended, *cut_dependents(facts.chain, ended, added, at)) if ended else ()
    if window.start > at:
        return Scheduled(grant, endings)
    return Granted(Status.PROVISIONED, grant, endings)


def _activation(facts: Facts, draft: Draft, window: Window) -> NewGrant:
    # Whatever was asked and whenever it was judged: never beyond eligibility, membership, policy.
    found = activation_basis(facts, window.start, draft.eligibility_id)
    basis, until = found or (None, window.start)
    rule = facts.policy.activation
    maximum = add_span(window.start, rule.maximum) if rule else window.start
    return NewGrant(
        GrantKind.ACTIVATED,
        Window(window.start, min(window.end, until, maximum)),
        basis,
        find_activation_terms(facts, draft, basis),
    )


def _as_grant(facts: Facts, new: NewGrant, at: Instant) -> Grant:
    # Only its window matters where it stands in for what it replaces; its id is given later.
    return Grant(GrantId(""), facts.slot, new.kind, new.window, at, basis=new.basis)


def kind_of(draft: Draft) -> GrantKind:
    """Which kind of grant an action writes."""
    if draft.kind is RequestKind.ELIGIBILITY:
        return GrantKind.ELIGIBLE
    is_activation = draft.action is Action.SELF_ACTIVATE
    return GrantKind.ACTIVATED if is_activation else GrantKind.ASSIGNED
