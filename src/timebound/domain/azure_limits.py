"""How many roles of Azure may be assigned, in a subscription and at a management group.

Whoever holds a role actively has an assignment, however it came about; eligibilities do not count.
What is to begin later has its place from when it is granted, so that nothing has to be judged, or
to run, when it begins. Source: Azure documentation of the limits of Azure RBAC.
"""

from typing import Final

from timebound.domain.azure.places import SUBSCRIPTIONS, PlaceKind, kind_of, subscription_of
from timebound.domain.checks import find_replaced
from timebound.domain.facts import Facts
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant

SPARE: Final = 256
"""With fewer assignments left, each is decided on the exact number: more are never under way."""
_TAKING: Final = frozenset(
    {
        Action.ADMIN_ASSIGN,
        Action.ADMIN_UPDATE,
        Action.ADMIN_RENEW,
        Action.SELF_ACTIVATE,
        Action.SELF_RENEW,
    }
)


def area_of(scope: Scope) -> str:
    """Within what assignments are counted: the subscription, or the place itself above those."""
    subscription = subscription_of(scope)
    return scope.path if subscription is None else f"{SUBSCRIPTIONS}/{subscription}"


def find_limit(scope: Scope, settings: TenantSettings) -> int | None:
    """How many roles may be assigned in an area; none where nothing is said of it."""
    kind = kind_of(scope)
    if kind is PlaceKind.TENANT:
        return None
    if kind is PlaceKind.MANAGEMENT_GROUP:
        return settings.azure_assignments_per_management_group
    return settings.azure_assignments_per_subscription


def is_scarce(scope: Scope, count: int, settings: TenantSettings) -> bool:
    """Whether so few are left that two at once could be one too many."""
    limit = find_limit(scope, settings)
    return limit is not None and limit - count <= SPARE


def is_full(scope: Scope, count: int, settings: TenantSettings) -> bool:
    """Whether no more can be assigned where so many are."""
    limit = find_limit(scope, settings)
    return limit is not None and count >= limit


def say_full(scope: Scope) -> Problem:
    """The refusal of one more assignment at a place."""
    return Problem(Code.QUOTA_EXCEEDED, value=area_of(scope))


def may_take_room(draft: Draft) -> bool:
    """Whether what a draft comes to could be one more assignment that counts."""
    is_azure = draft.slot.scope.kind is ScopeKind.AZURE
    return is_azure and draft.kind is RequestKind.ASSIGNMENT and draft.action in _TAKING


def check_room(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    """There is room for what is given, unless it takes the place of what is held or ahead."""
    scope = draft.slot.scope
    if not may_take_room(draft) or find_replaced(facts, draft, at):
        return ()
    is_there_room = not is_full(scope, facts.assigned_count, facts.settings)
    return () if is_there_room else (say_full(scope),)
