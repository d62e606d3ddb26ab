"""What a deed about an assignment is aimed at, as conditions of Azure roles see it."""

from dataclasses import replace
from typing import Final

from timebound.domain.asked import asked_window
from timebound.domain.authority import Target
from timebound.domain.azure.attributes import rights_to_assign, rights_to_unassign
from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.checks import activation_basis
from timebound.domain.facts import Facts
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Action, Draft
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import Enforcement
from timebound.domain.times import Instant

_READ: Final = "Microsoft.Resources/subscriptions/resourceGroups/read"


def aim(facts: Facts, *, is_ending: bool) -> Target:
    """The target of the facts, told of the assignment that is given or taken away there."""
    rights = facts.target.rights
    if rights is None:
        return facts.target
    kind = None if facts.principal is None else facts.principal.kind
    tell = rights_to_unassign if is_ending else rights_to_assign
    return replace(facts.target, rights=tell(rights, facts.slot, kind))


def check_gate(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    """What the resource manager asks before PIM is asked: that a resource group can be read.

    Of whose eligibility is one at the group itself nothing is asked: they could not use it
    otherwise.
    Source: ACT-040, seen by clients, which then go to the subscription; a live activation at the
    group that somebody was eligible at, with no other role.
    """
    place, rights = facts.slot.scope, facts.target.rights
    is_asked = facts.settings.resource_group_read is Enforcement.ENFORCE
    if not (is_asked and draft.action is Action.SELF_ACTIVATE) or place.kind is not ScopeKind.AZURE:
        return ()
    if kind_of(place) is not PlaceKind.RESOURCE_GROUP or (rights and rights.allows(_READ)):
        return ()
    if _is_eligible_here(facts, draft, at):
        return ()
    # quirk(arm): from above nobody activates at a group they cannot read - Omnicit.PIM, pimtool
    return (Problem(Code.ACTION_NOT_ALLOWED, names=(_READ,), value=place.path),)


def _is_eligible_here(facts: Facts, draft: Draft, at: Instant) -> bool:
    window, _ = asked_window(draft, at)
    found = activation_basis(facts, window.start, draft.eligibility_id)
    return found is not None and found[0].slot.scope == facts.slot.scope
