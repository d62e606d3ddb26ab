"""Where a policy belongs, and the policy as it is kept there."""

from dataclasses import dataclass

from timebound.domain.ids import RoleId
from timebound.domain.policies import Policy
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class PolicyPlace:
    """The role that a policy is about, at a scope; make one with `place_policy`."""

    scope: Scope
    role_id: RoleId


@dataclass(frozen=True, slots=True)
class Modified:
    """When a policy was changed last, and by whom."""

    at: Instant
    by_id: str | None = None
    by_name: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The policy at a place; nobody has modified one that is as it was at first."""

    place: PolicyPlace
    policy: Policy
    modified: Modified | None = None


def place_policy(scope: Scope, role_id: RoleId) -> PolicyPlace:
    """The place of the policy that binds a role held at the scope.

    A directory role has one policy, wherever in the directory it is held.
    """
    return PolicyPlace(DIRECTORY_ROOT if scope.kind is ScopeKind.DIRECTORY else scope, role_id)
