"""Custom role definitions: what making, changing, deleting and restoring one comes to."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import is_restorable
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.requirements import Operation
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

MOST_CUSTOM_ROLES: Final = 100
"""How many custom roles of a kind a tenant can have (Entra service limits)."""

CHANGES: Final[Mapping[ScopeKind, Operation]] = {
    ScopeKind.DIRECTORY: Operation.CHANGE_ROLE_DEFINITIONS,
    ScopeKind.ENTITLEMENT_MANAGEMENT: Operation.CHANGE_ENTITLEMENT_RBAC,
    ScopeKind.DEVICE_MANAGEMENT: Operation.CHANGE_DEVICE_RBAC,
    ScopeKind.CLOUD_PC: Operation.CHANGE_CLOUD_PC_RBAC,
    ScopeKind.EXCHANGE: Operation.CHANGE_EXCHANGE_RBAC,
    ScopeKind.DEFENDER: Operation.CHANGE_DEFENDER_RBAC,
}
"""What changes the roles of a kind has to be permitted as."""

_ACTIONS: Final = "rolePermissions/allowedResourceActions"
_WHOLE: Final = ("/",)
_GIVEN: Final = (
    "description",
    "version",
    "template_id",
    "actions",
    "resource_scopes",
    "inherits_from",
)


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What is to be different about a role definition; none where it stays as it is."""

    name: str | None = None
    description: str | None = None
    is_enabled: bool | None = None
    version: str | None = None
    template_id: str | None = None
    actions: tuple[str, ...] | None = None
    resource_scopes: tuple[str, ...] | None = None
    inherits_from: tuple[RoleId, ...] | None = None

    def apply(self, to: RoleDefinition) -> RoleDefinition:
        """The definition with the change."""
        role = replace(
            to.role,
            name=to.role.name if self.name is None else self.name,
            is_enabled=to.role.is_enabled if self.is_enabled is None else self.is_enabled,
        )
        given = {name: getattr(self, name) for name in _GIVEN if getattr(self, name) is not None}
        return replace(to, role=role, **given)


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """The state of the world that concerns one role definition.

    `definition` is the one with the id, deleted or not; `named` are those that have the name in
    question; `built_in` which of the roles to inherit from are built-in ones; `custom_count` is how
    many custom roles of the kind there are.
    """

    caller: Caller
    definition: RoleDefinition | None = None
    named: frozenset[RoleId] = frozenset()
    built_in: frozenset[RoleId] = frozenset()
    custom_count: int = 0
    is_in_use: bool = False


def decide_creation(
    facts: RoleFacts, asked: RoleDefinition, actions: AbstractSet[str] | None
) -> RoleDefinition | Refused:
    """The new custom role; refused when its name is taken or there are as many as there can be.

    `actions` is what a role of its kind can allow, in lower case; none where that is not known.
    """
    if problems := authorize(CHANGES[asked.role.kind], facts.caller):
        return Refused(problems)
    unmet = (*_check_quota(facts), *_check(facts, asked, actions))
    return Refused(in_order(unmet)) if unmet else asked


def decide_change(
    facts: RoleFacts, kind: ScopeKind, change: RoleChange, actions: AbstractSet[str] | None
) -> RoleDefinition | Refused:
    """The custom role as it is from now on; what is held in it stays, disabled or not."""
    problems = _check_target(facts, kind)
    if problems or facts.definition is None:
        return Refused(problems)
    asked = change.apply(facts.definition)
    unmet = tuple(_check(facts, asked, actions))
    return Refused(in_order(unmet)) if unmet else asked


def decide_deletion(facts: RoleFacts, kind: ScopeKind, at: Instant) -> RoleDefinition | Refused:
    """The custom role that is there no more; one that somebody holds or can activate stays."""
    problems = _check_target(facts, kind)
    if problems or facts.definition is None:
        return Refused(problems)
    if facts.is_in_use:
        return Refused((Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.IN_USE),))
    return replace(facts.definition, deleted_at=at)


def decide_restoration(facts: RoleFacts, kind: ScopeKind, at: Instant) -> RoleDefinition | Refused:
    """The deleted role that is there again, unless another has its name or there are too many."""
    if problems := authorize(Operation.CHANGE_DELETED_ROLES, facts.caller):
        return Refused(problems)
    definition = _find_deleted(facts, kind, at)
    if definition is None:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    unmet = (*_check_quota(facts), *_check_name(facts, definition))
    return Refused(in_order(unmet)) if unmet else replace(definition, deleted_at=None)


def decide_purge(facts: RoleFacts, kind: ScopeKind, at: Instant) -> RoleDefinition | Refused:
    """The deleted role that can be restored no more."""
    if problems := authorize(Operation.CHANGE_DELETED_ROLES, facts.caller):
        return Refused(problems)
    definition = _find_deleted(facts, kind, at)
    return definition or Refused((Problem(Code.OBJECT_NOT_FOUND),))


def _find_deleted(facts: RoleFacts, kind: ScopeKind, at: Instant) -> RoleDefinition | None:
    found = facts.definition
    if found is None or found.role.kind is not kind:
        return None
    return found if is_restorable(found.deleted_at, at) else None


def _check_target(facts: RoleFacts, kind: ScopeKind) -> tuple[Problem, ...]:
    if problems := authorize(CHANGES[kind], facts.caller):
        return problems
    found = facts.definition
    if found is None or found.role.kind is not kind or found.deleted_at is not None:
        return (Problem(Code.OBJECT_NOT_FOUND),)
    if found.role.is_built_in:
        return (Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.BUILT_IN),)
    return ()


def _check_quota(facts: RoleFacts) -> tuple[Problem, ...]:
    if facts.custom_count >= MOST_CUSTOM_ROLES:
        return (Problem(Code.QUOTA_EXCEEDED),)
    return ()


def _check_name(facts: RoleFacts, asked: RoleDefinition) -> tuple[Problem, ...]:
    if facts.named - {asked.role.id}:
        return (Problem(Code.OBJECT_CONFLICTS, property="displayName", value=asked.role.name),)
    return ()


def _check(
    facts: RoleFacts, asked: RoleDefinition, actions: AbstractSet[str] | None
) -> Iterator[Problem]:
    if not asked.role.name.strip():
        yield _refuse("displayName", Reason.MISSING)
    yield from _check_name(facts, asked)
    if not asked.actions:
        yield _refuse(_ACTIONS, Reason.MISSING)
    if actions is not None:
        unknown = (action for action in asked.actions if action.lower() not in actions)
        for action in unknown:
            yield _refuse(_ACTIONS, Reason.UNKNOWN_ACTION, action)
    if asked.resource_scopes != _WHOLE:
        # A role is held at a part by its assignments; itself it is one of the whole directory.
        yield _refuse("resourceScopes", Reason.UNKNOWN_SCOPE)
    if not facts.built_in.issuperset(asked.inherits_from):
        yield _refuse("inheritsPermissionsFrom", Reason.UNKNOWN_ROLE)


def _refuse(name: str, reason: Reason, value: str | None = None) -> Problem:
    return Problem(Code.PROPERTY_REFUSED, reason=reason, property=name, value=value)
