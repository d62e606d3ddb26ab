"""Custom roles of Azure: what making, changing and deleting one comes to.

A role is changed by who may change roles at all places where it can be assigned, before the change
and after it: so nobody widens by it what others hold where they themselves have no say.
Source: Azure documentation of custom roles, their limits, and of troubleshooting them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import ROOT, PlaceKind, kind_of
from timebound.domain.decide import Refused
from timebound.domain.folding import fold
from timebound.domain.ids import RoleId
from timebound.domain.operations import Operation
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant

MOST_ROLES: Final = 5_000
"""How many custom roles a tenant can have."""
MOST_SCOPES: Final = 2_000
LONGEST_NAME: Final = 512
LONGEST_DESCRIPTION: Final = 2_048

ID: Final = "name"
NAME: Final = "properties.roleName"
DESCRIPTION: Final = "properties.description"
SCOPES: Final = "properties.assignableScopes"
PERMISSIONS: Final = "properties.permissions"

_WORDS: Final = re.compile(r"[A-Za-z0-9.*_$-]+")
_VERBS: Final = frozenset({"read", "write", "delete", "action"})
_ACTIONS: Final = ("actions", "not_actions")
_DATA_ACTIONS: Final = ("data_actions", "not_data_actions")


@dataclass(frozen=True, slots=True)
class RolePlace:
    """A place that a role names, spelled as the tree does, and what the caller may do there."""

    scope: Scope
    target: Target
    is_known: bool = True
    around: frozenset[str] = frozenset()
    """The paths of the place and of all that it lies in."""


@dataclass(frozen=True, slots=True)
class AskedRole:
    """What a custom role is to be, whole: what is not said of one that is there is gone."""

    id: RoleId
    name: str
    description: str
    permissions: tuple[Permission, ...]
    scopes: tuple[str, ...]
    """The assignable scopes as they were written."""


@dataclass(frozen=True, slots=True)
class AzureRoleFacts:
    """The state of the world that concerns one custom role.

    `here` is where the call is made. `definition` is what has the id, of whatever kind;
    `is_built_in` tells that a built-in role has it. `named` are the roles that have the name in
    question, built-in ones as well. `places` are those it names and is to name, by how they are
    written: what means no place is not among them.
    """

    caller: Caller
    here: RolePlace
    definition: RoleDefinition | None = None
    is_built_in: bool = False
    named: frozenset[RoleId] = frozenset()
    custom_count: int = 0
    is_in_use: bool = False
    used_at: frozenset[str] = frozenset()
    """The dropped scopes at or below which somebody holds the role or is eligible for it.

    What somebody has at or below a scope that stays does not count.
    """
    places: Mapping[str, RolePlace] | None = None

    @property
    def held_at(self) -> tuple[str, ...]:
        """Where the role can be assigned as it is; nowhere where the id is of another kind."""
        found = self.definition
        if found is None or found.role.kind is not ScopeKind.AZURE:
            return ()
        return found.resource_scopes


def decide_put(facts: AzureRoleFacts, asked: AskedRole, at: Instant) -> RoleDefinition | Refused:
    """The custom role as it is from now on, whether it was there or not.

    Refused where the id or the name is another role's, where it names places that it cannot be
    assigned at, and unless the caller may change roles at all of them. Problems are told in the
    order in which Azure finds them.
    """
    steps = (
        _check_caller(facts, Operation.CHANGE_AZURE_ROLES),
        _check_scopes(facts, asked),
        _check_linked(facts, asked.scopes, Operation.CHANGE_AZURE_ROLES),
        _check_existence(facts, asked),
        _check_id(facts),
        _check_use(facts, asked.scopes),
        _check_texts(asked),
        _check_names(facts, asked),
        _check_permissions(facts, asked),
    )
    # Each is looked at only where all before it find nothing.
    for check in steps:
        if problems := tuple(check):
            return Refused(problems)
    return _make(facts, asked, at)


def list_kept(facts: AzureRoleFacts, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes that a role is to have, as the tree spells them; what means no place is none."""
    found = (_find(facts, text) for text in scopes)
    return tuple(dict.fromkeys(one.scope.path for one in found if one is not None))


def list_dropped(facts: AzureRoleFacts, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Where the role can be assigned, and no more once these are its scopes, as the tree spells it.

    What lies in a place that is named stays covered.
    """
    kept = {fold(path) for path in list_kept(facts, scopes)}
    dropped: list[str] = []
    for text in facts.held_at:
        place = _find(facts, text)
        path = text if place is None else place.scope.path
        around = {path} if place is None else {path, *place.around}
        if not any(fold(one) in kept for one in around):
            dropped.append(path)
    return tuple(dropped)


def decide_deletion(facts: AzureRoleFacts) -> RoleDefinition | Refused:
    """The custom role that is there no more.

    One that somebody holds, will hold or is eligible for stays; so does a built-in one.
    """
    if problems := tuple(_check_caller(facts, Operation.DELETE_AZURE_ROLES)):
        return Refused(problems)
    if facts.is_built_in:
        return Refused((Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.BUILT_IN),))
    found = facts.definition
    if found is None or found.role.kind is not ScopeKind.AZURE:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    if problems := tuple(_check_linked(facts, (), Operation.DELETE_AZURE_ROLES)):
        return Refused(problems)
    if facts.is_in_use:
        return Refused((Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.IN_USE),))
    return found


def _check_caller(facts: AzureRoleFacts, operation: Operation) -> Iterator[Problem]:
    problems = authorize(operation, facts.caller, facts.here.target)
    yield from problems
    if not problems and not facts.here.is_known:
        yield Problem(Code.SCOPE_NOT_FOUND, value=facts.here.scope.path)


def _check_scopes(facts: AzureRoleFacts, asked: AskedRole) -> Iterator[Problem]:
    """Whether what is written means places at which a custom role can be assigned."""
    if not asked.scopes:
        yield _refuse(SCOPES, Reason.MISSING)
    if len(asked.scopes) > MOST_SCOPES:
        yield _refuse(SCOPES, Reason.TOO_MANY, str(MOST_SCOPES))
        return
    for number, text in enumerate(asked.scopes):
        place = _find(facts, text)
        if place is None or place.scope == ROOT:
            yield _refuse(f"{SCOPES}[{number}]", Reason.UNKNOWN_SCOPE, text)


def _check_linked(
    facts: AzureRoleFacts, scopes: tuple[str, ...], operation: Operation
) -> Iterator[Problem]:
    """Whether the caller may do it at every place that is named, or was until now."""
    told: set[str] = set()
    for text in (*facts.held_at, *scopes):
        place = _find(facts, text)
        path = text if place is None else place.scope.path
        if path in told:
            continue
        told.add(path)
        # What is not known to be allowed is not.
        target = Target() if place is None else place.target
        for problem in authorize(operation, facts.caller, target):
            yield replace(problem, property=SCOPES, value=path)


def _check_existence(facts: AzureRoleFacts, asked: AskedRole) -> Iterator[Problem]:
    for text in asked.scopes:
        place = _find(facts, text)
        # quirk(arm): nobody looks whether a management group is there - Azure: custom role limits
        if place and not place.is_known and kind_of(place.scope) is not PlaceKind.MANAGEMENT_GROUP:
            yield Problem(Code.SCOPE_NOT_FOUND, property=SCOPES, value=place.scope.path)


def _check_id(facts: AzureRoleFacts) -> Iterator[Problem]:
    found = facts.definition
    is_custom = found is None or (found.role.kind is ScopeKind.AZURE and not found.role.is_built_in)
    if facts.is_built_in or not is_custom:
        yield Problem(Code.OBJECT_EXISTS, property=ID)


def _check_use(facts: AzureRoleFacts, scopes: tuple[str, ...]) -> Iterator[Problem]:
    """Nobody keeps a role where whoever can change it has no say any more."""
    for path in list_dropped(facts, scopes):
        if path in facts.used_at:
            yield Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.IN_USE, value=path)


def _check_texts(asked: AskedRole) -> Iterator[Problem]:
    if not asked.name.strip():
        yield _refuse(NAME, Reason.MISSING)
    if len(asked.name) > LONGEST_NAME:
        yield _refuse(NAME, Reason.TOO_LONG, str(LONGEST_NAME))
    if len(asked.description) > LONGEST_DESCRIPTION:
        yield _refuse(DESCRIPTION, Reason.TOO_LONG, str(LONGEST_DESCRIPTION))


def _check_names(facts: AzureRoleFacts, asked: AskedRole) -> Iterator[Problem]:
    if facts.named - {asked.id}:
        yield Problem(Code.OBJECT_CONFLICTS, property=NAME, value=asked.name)
    if facts.definition is None and facts.custom_count >= MOST_ROLES:
        yield Problem(Code.QUOTA_EXCEEDED)


def _check_permissions(facts: AzureRoleFacts, asked: AskedRole) -> Iterator[Problem]:
    groups = {
        place.scope
        for place in (_find(facts, text) for text in asked.scopes)
        if place is not None and kind_of(place.scope) is PlaceKind.MANAGEMENT_GROUP
    }
    if len(groups) > 1:
        yield _refuse(SCOPES, Reason.CONTRADICTORY)
    if groups and any(one.data_actions or one.not_data_actions for one in asked.permissions):
        yield _refuse(PERMISSIONS, Reason.CONTRADICTORY)
    for names, told in ((_ACTIONS, "actions"), (_DATA_ACTIONS, "dataActions")):
        for action in _list_actions(asked.permissions, names):
            # Which actions the providers of others have is not known here: only their form is.
            if not _is_action(action):
                yield _refuse(f"{PERMISSIONS}.{told}", Reason.UNKNOWN_ACTION, action)


def _is_action(text: str) -> bool:
    """A wildcard, or names with slashes that end with what is done, or with a wildcard."""
    *names, last = text.split("/")
    if not all(_WORDS.fullmatch(one) for one in (*names, last)):
        return False
    return "*" in last or (bool(names) and last.lower() in _VERBS)


def _list_actions(permissions: tuple[Permission, ...], names: tuple[str, ...]) -> Iterator[str]:
    for permission in permissions:
        for name in names:
            yield from getattr(permission, name)


def _make(facts: AzureRoleFacts, asked: AskedRole, at: Instant) -> RoleDefinition:
    before = facts.definition.azure if facts.definition else None
    caller = facts.caller.id
    azure = AzureDefinition(
        asked.permissions,
        created_at=at if before is None else before.created_at,
        created_by=caller if before is None else before.created_by,
        updated_at=at,
        updated_by=caller,
    )
    places = (_find(facts, text) for text in asked.scopes)
    paths = dict.fromkeys(place.scope.path for place in places if place is not None)
    return RoleDefinition(
        role=Role(asked.id, ScopeKind.AZURE, asked.name, is_built_in=False),
        description=asked.description,
        template_id=asked.id,
        version=None,
        resource_scopes=tuple(paths),
        azure=azure,
    )


def _find(facts: AzureRoleFacts, text: str) -> RolePlace | None:
    return (facts.places or {}).get(text)


def _refuse(name: str, reason: Reason, value: str | None = None) -> Problem:
    return Problem(Code.PROPERTY_REFUSED, reason=reason, property=name, value=value)
