"""What an Azure role assignment says beside who holds what where: its condition above all.

A condition only ever narrows: an activation has that of its eligibility, and what is changed or
prolonged keeps its own unless another one is asked for.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from timebound.domain.azure.condition_text import UnreadableConditionError, read_condition
from timebound.domain.checks import find_renewable, find_replaced
from timebound.domain.facts import Facts
from timebound.domain.grants import ACTIVE_KINDS, Basis, Grant, GrantKind, Terms
from timebound.domain.problems import Problem, Reason, invalid
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

VERSION: Final = "2.0"
"""The version of the language of conditions. Source: Azure, format of conditions."""
_KNOWN: Final = (None, "1.0", VERSION)


def check_terms(draft: Draft) -> tuple[Problem, ...]:
    """A condition has to be one that can be read, in a version that is known."""
    terms = draft.terms
    if terms is None:
        return ()
    return check_condition(terms)


def check_condition(terms: Terms) -> tuple[Problem, ...]:
    """Why a condition is none; nothing where there is none, or it can be read."""
    if terms.condition_version not in _KNOWN:
        return (invalid("conditionVersion", Reason.UNKNOWN_VALUE),)
    if not terms.condition:
        return ()
    try:
        read_condition(terms.condition)
    except UnreadableConditionError as error:
        return (replace(invalid("condition", Reason.UNREADABLE), value=str(error)),)
    return ()


def read_update(facts: Facts, draft: Draft, at: Instant) -> Draft:
    """The draft as it is decided about: a change of nothing at a place in Azure assigns.

    What is there is changed, and an activation is something: administrators do not change it.
    What has run out since counts still for its condition, so long as it could be renewed.
    Elsewhere what is to be changed has to be there (UPD-003).
    """
    is_update = draft.action is Action.ADMIN_UPDATE and draft.slot.scope.kind is ScopeKind.AZURE
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    family = (GrantKind.ELIGIBLE,) if is_eligibility else ACTIVE_KINDS
    if not is_update or facts.in_force(at, *family) or facts.ahead(at, *family):
        return draft
    # quirk(arm): AdminUpdate creates what is not there yet - two Bicep files that use it alone
    terms = draft.terms if _settle(draft.terms) else _latest(_list_renewable(facts, draft, at))
    return replace(draft, action=Action.ADMIN_ASSIGN, terms=terms)


def find_terms(facts: Facts, draft: Draft, at: Instant) -> Terms | None:
    """The terms of what a draft writes: as asked, or else those of what it changes."""
    asked = _settle(draft.terms)
    if asked is not None or draft.slot.scope.kind is not ScopeKind.AZURE:
        return asked
    before = find_replaced(facts, draft, at)
    if draft.action in (Action.ADMIN_RENEW, Action.SELF_RENEW):
        before = _list_renewable(facts, draft, at)
    return _latest(before)


def find_activation_terms(facts: Facts, draft: Draft, basis: Basis | None) -> Terms | None:
    """The terms of an activation: the condition of what it stands on, and the one asked for."""
    eligible = (g for e in facts.eligibilities for g in e.grants)
    used = next((g for g in eligible if basis and g.id == basis.eligibility_id), None)
    held, asked = used.terms if used else None, _settle(draft.terms)
    if held is None or held.condition is None:
        return asked if asked and asked.condition else None
    kept = Terms(held.condition, held.condition_version)
    if asked is None or asked.condition in (None, held.condition):
        return kept
    return replace(kept, condition=f"({held.condition}) AND ({asked.condition})")


def is_same_condition(one: Terms | None, other: Terms | None) -> bool:
    """Whether two terms limit what they are of alike."""
    return (one and one.condition) == (other and other.condition)


def _settle(terms: Terms | None) -> Terms | None:
    if terms is None or terms.condition is None:
        return None
    # An empty one takes the condition away.
    version = (terms.condition_version or VERSION) if terms.condition else None
    return replace(terms, condition=terms.condition or None, condition_version=version)


def _list_renewable(facts: Facts, draft: Draft, at: Instant) -> tuple[Grant, ...]:
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    return find_renewable(facts, GrantKind.ELIGIBLE if is_eligibility else GrantKind.ASSIGNED, at)


def _latest(grants: Iterable[Grant]) -> Terms | None:
    found = max(grants, key=lambda grant: grant.until, default=None)
    return None if found is None else found.terms
