"""Role assignments of Azure, under the names that clients give them: made, changed, taken away.

An assignment is a grant without a request, whose id is its name. Sources: the published operations
on role assignments; Azure documentation of their limits and of troubleshooting them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from timebound.domain.aiming import aim
from timebound.domain.authority import authorize
from timebound.domain.azure.attributes import PRINCIPAL_TYPES
from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.azure_limits import is_full, say_full
from timebound.domain.cascade import Ending
from timebound.domain.checks import check_subject
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import ACTIVE_KINDS, Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.kinds_of_work import WORK
from timebound.domain.operations import Operation
from timebound.domain.plain_assignments import check_outside, decide_unassignment
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.roles import AZURE_OWNER, GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import ScopeKind
from timebound.domain.terms import VERSION, check_condition
from timebound.domain.times import ENDLESS, Instant, Window

TERMS: Final = frozenset({"condition", "condition_version", "description", "delegated_identity"})
"""The terms of an assignment that whoever assigns it says."""


@dataclass(frozen=True, slots=True)
class AskedAssignment:
    """An assignment as it is asked for; `principal_type` as the client spells it, if it does.

    `said` are the terms that the client can say: what an old version does not know stays as it is.
    """

    name: GrantId
    slot: Slot
    terms: Terms
    said: frozenset[str] = TERMS
    principal_type: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is under the name of an assignment, and around its place.

    `named` is the grant with the name, in force or not, `is_requested` whether a request has it.
    `count` is how many roles are assigned in the area, `owner_ids` are who holds Owner at exactly
    the place.
    """

    named: Grant | None = None
    is_requested: bool = False
    count: int = 0
    owner_ids: frozenset[PrincipalId] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """A new assignment; `freed` is an earlier one of the name, which is over."""

    grant: NewGrant
    freed: Grant | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """An assignment that says something else from now on, or the same."""

    grant: Grant
    terms: Terms

    @property
    def is_same(self) -> bool:
        """Whether nothing changes."""
        return (self.grant.terms or Terms()) == self.terms


Outcome: TypeAlias = Made | Changed | Refused


def decide_azure_assignment(
    facts: Facts, around: Surroundings, asked: AskedAssignment, at: Instant
) -> Outcome:
    """What comes of an assignment that is put under a name.

    One that is there can be told other terms, never another slot; whatever else has the name, and
    whatever is held in the slot, is in the way. A policy binds it only if it allows requests alone.
    """
    work = WORK[ScopeKind.AZURE]
    if problems := authorize(work.assign, facts.caller, aim(facts, is_ending=False)):
        return Refused(problems)
    named = around.named
    if named is not None and is_assignment(named, at):
        return _change(facts, named, asked, at)
    if around.is_requested or (named is not None and not _is_over(named, at)):
        return Refused((Problem(Code.OBJECT_EXISTS, property="name", value=asked.name),))
    if unmet := tuple(_check(facts, around, asked, at)):
        return Refused(in_order(unmet))
    terms = replace(_say(Terms(), asked), created_by=facts.caller.id)
    return Made(NewGrant(GrantKind.ASSIGNED, Window(at, ENDLESS), terms=terms), named)


def decide_azure_unassignment(
    facts: Facts, around: Surroundings, name: GrantId, at: Instant
) -> tuple[Ending, ...] | Refused:
    """The ends of what an assignment is, an activation too, with what stands on it.

    The last Owner at a subscription stays one, unless a Global Administrator takes them away: they
    can come back to it. Roles inherited from above do not count, as Azure does not count them.
    """
    decision = decide_unassignment(facts, at)
    if isinstance(decision, Refused):
        return decision
    if all(ending.grant.id != name for ending in decision):
        return Refused((Problem(Code.OBJECT_NOT_FOUND, value=name),))
    if _is_last_owner(facts, around):
        return Refused((Problem(Code.LAST_ADMINISTRATOR, value=facts.slot.scope.path),))
    return decision


def decide_elevation(facts: Facts, at: Instant) -> NewGrant | Grant | Refused:
    """The role over all of Azure that a Global Administrator takes; the one they have already."""
    if problems := authorize(Operation.ELEVATE_ACCESS, facts.caller):
        return Refused(problems)
    if held := facts.in_force(at, GrantKind.ASSIGNED):
        return held[0]
    terms = Terms(created_by=facts.caller.id)
    return NewGrant(GrantKind.ASSIGNED, Window(at, ENDLESS), terms=terms)


def is_assignment(grant: Grant, at: Instant) -> bool:
    """Whether a grant is a role assignment of Azure at `at`, activated ones included."""
    is_active = grant.kind in ACTIVE_KINDS and grant.is_in_force(at)
    return is_active and grant.slot.scope.kind is ScopeKind.AZURE


def is_guarded(slot: Slot) -> bool:
    """Whether somebody has to be left in the slot's role at its place."""
    return slot.role_id == AZURE_OWNER and kind_of(slot.scope) is PlaceKind.SUBSCRIPTION


def _is_last_owner(facts: Facts, around: Surroundings) -> bool:
    if not is_guarded(facts.slot) or around.owner_ids - {facts.slot.principal_id}:
        return False
    return not facts.caller.holds_any(frozenset({GLOBAL_ADMINISTRATOR}))


def _change(facts: Facts, named: Grant, asked: AskedAssignment, at: Instant) -> Changed | Refused:
    if named.slot != asked.slot:
        return Refused((Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.CANNOT_CHANGE),))
    if named.kind is GrantKind.ACTIVATED:
        # What it is limited by is that of its eligibility.
        return Refused((_conflict(named),))
    if unmet := (*check_condition(_say(Terms(), asked)), *_check_type(facts, asked)):
        return Refused(in_order(unmet))
    before = named.terms or Terms()
    said = _say(before, asked)
    if said == before:
        return Changed(named, before)
    if said.condition != before.condition and (unmet := check_outside(facts)):
        return Refused(unmet)
    return Changed(named, replace(said, updated_at=at, updated_by=facts.caller.id))


def _check(
    facts: Facts, around: Surroundings, asked: AskedAssignment, at: Instant
) -> Iterator[Problem]:
    yield from check_subject(facts, Draft(RequestKind.ASSIGNMENT, Action.ADMIN_ASSIGN, asked.slot))
    yield from check_outside(facts)
    yield from _check_type(facts, asked)
    yield from check_condition(_say(Terms(), asked))
    held = facts.in_force(at, *ACTIVE_KINDS) or facts.ahead(at, *ACTIVE_KINDS)
    yield from (_conflict(grant) for grant in held[:1])
    if is_full(asked.slot.scope, around.count, facts.settings):
        yield say_full(asked.slot.scope)


def _check_type(facts: Facts, asked: AskedAssignment) -> Iterator[Problem]:
    principal = facts.principal
    if principal is None or principal.is_deleted or asked.principal_type is None:
        return
    found = PRINCIPAL_TYPES[principal.kind]
    if found.lower() != asked.principal_type.lower():
        yield Problem(
            Code.PRINCIPAL_NOT_ALLOWED,
            reason=Reason.WRONG_KIND,
            property="principalType",
            value=asked.principal_type,
            names=(found, principal.id),
        )


def _conflict(grant: Grant) -> Problem:
    return Problem(Code.OBJECT_CONFLICTS, value=grant.id)


def _is_over(grant: Grant, at: Instant) -> bool:
    """Whether it gives its name away: nothing refers to what was assigned past requests."""
    is_plain = grant.kind is GrantKind.ASSIGNED and grant.request_id is None
    return is_plain and grant.slot.scope.kind is ScopeKind.AZURE and grant.until <= at


def _say(before: Terms, asked: AskedAssignment) -> Terms:
    """The terms before with those that were said; an empty text takes away what there was."""
    terms = asked.terms
    condition = terms.condition or None
    new = replace(
        terms,
        condition=condition,
        condition_version=(terms.condition_version or VERSION) if condition else None,
        description=terms.description or None,
        delegated_identity=terms.delegated_identity or None,
    )
    said: Terms = replace(before, **{name: getattr(new, name) for name in asked.said})
    return said
