"""From the answers about one slot to the facts of a decision and the versions they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeAlias

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.changes import (
    ADMINISTRATORS,
    AZURE,
    TENANT,
    FactKey,
    application_key,
    policy_key,
    principal_key,
    role_key,
    standing_key,
)
from timebound.application.ports import Loaded
from timebound.domain.authority import Caller, Target, Token
from timebound.domain.azure.hearing import Hearing
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.facts import AdministratorPath, Chain, Eligibility, Facts
from timebound.domain.folding import fold
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies import Policy
from timebound.domain.principals import Principal
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, GROUP_ROLES, Role
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, ScopeLevel
from timebound.domain.times import Instant
from timebound.storage.callers import caller_parameters, read_caller
from timebound.storage.directory_rows import read_object, read_role
from timebound.storage.documents import read_default_policy, read_policy, read_texts
from timebound.storage.rights_sections import read_rights
from timebound.storage.rows import Row, read_grant, read_request
from timebound.storage.slots import slot_stack
from timebound.storage.stacking import Stack
from timebound.storage.tree_sections import read_ancestry

KEPT_IN_VIEW: Final = timedelta(days=30)
"""How long what has ended still concerns its slot: it may be renewed (behaviour book 7)."""

_PLACES: Final = {
    ScopeLevel.ADMINISTRATIVE_UNIT: frozenset({ObjectKind.ADMINISTRATIVE_UNIT}),
    ScopeLevel.OBJECT: frozenset(
        {ObjectKind.APPLICATION, ObjectKind.SERVICE_PRINCIPAL, ObjectKind.GROUP}
    ),
}
"""Over which objects a role is held (Entra docs: assign roles at different scopes)."""

Found: TypeAlias = Mapping[str, Sequence[tuple[Any, ...]]]


def slot_question(slot: Slot) -> Stack:
    """The statement that asks everything about the slot."""
    return slot_stack(slot.scope.kind, needs_administrators=_needs_administrators(slot))


def slot_parameters(token: Token, slot: Slot, at: Instant) -> dict[str, object]:
    """The parameters of that statement."""
    return {
        **caller_parameters(token, at),
        "principal": slot.principal_id,
        "role": slot.role_id,
        "scope": slot.scope.path,
        "policy_scope": _policy_scope(slot).path,
        "since": at - KEPT_IN_VIEW,
        "objects": [slot.principal_id, *_objects_of(slot.scope)],
        "keys": list(_known_keys(token, slot)),
    }


def read_loaded(token: Token, slot: Slot, at: Instant, found: Found) -> Loaded:
    """The facts with their versions; what was never changed has version 0."""
    versions = dict.fromkeys(_known_keys(token, slot), 0)
    versions.update((FactKey(key), version) for key, version in found["version"])
    versions.update((FactKey(key), version) for key, version in found["version_of"])
    versions.update((FactKey(row[2]), row[3]) for row in found.get("policy_above", ()))
    return Loaded(_read_facts(token, slot, at, found), versions)


def _needs_administrators(slot: Slot) -> bool:
    if slot.scope.kind is ScopeKind.GROUP:
        return True
    return slot.role_id == GLOBAL_ADMINISTRATOR and slot.scope == DIRECTORY_ROOT


def _policy_scope(slot: Slot) -> Scope:
    # A directory role has one policy, wherever in the directory it is held.
    return DIRECTORY_ROOT if slot.scope.kind is ScopeKind.DIRECTORY else slot.scope


def _objects_of(scope: Scope) -> tuple[str, ...]:
    object_id = None if scope.kind is ScopeKind.AZURE else _object_id(scope)
    return () if object_id is None else (object_id,)


def _object_id(scope: Scope) -> str | None:
    return scope.path if scope.kind is ScopeKind.GROUP else scope.object_id


def _known_keys(token: Token, slot: Slot) -> tuple[FactKey, ...]:
    keys = [
        principal_key(slot.principal_id),
        standing_key(slot.principal_id),
        principal_key(token.principal_id),
        application_key(token.application_id),
        *(principal_key(object_id) for object_id in _objects_of(slot.scope)),
        policy_key(_policy_scope(slot), slot.role_id),
        role_key(slot.role_id),
        TENANT,
    ]
    if slot.scope.kind is ScopeKind.AZURE:
        keys.append(AZURE)
    return (*keys, ADMINISTRATORS) if _needs_administrators(slot) else tuple(keys)


def _read_facts(token: Token, slot: Slot, at: Instant, found: Found) -> Facts:
    caller = read_caller(token, found)
    objects = {row[0]: read_object(row) for row in found["object"]}
    grants = read_grants(found["slot"])
    role = _read_role(slot, found)
    principal = objects.get(slot.principal_id)
    group = objects.get(slot.scope.path) if slot.scope.kind is ScopeKind.GROUP else None
    return Facts(
        caller=caller,
        settings=caller.settings,
        slot=slot,
        principal=principal.as_principal() if principal else None,
        role=role,
        policy=_read_policy(slot, role, found),
        is_scope_known=_is_known(slot.scope, objects, found),
        is_role_offered=_is_offered(found),
        governed_group=_as_group(group),
        grants=grants,
        requests=tuple(read_request(row) for row in (*found["pending"], *found["planned"])),
        eligibilities=(
            *_own_eligibilities(grants, at, found),
            *_group_eligibilities(found),
        ),
        chain=read_chain(found),
        administrators=read_administrators(found),
        target=_read_target(slot.scope, caller, found),
        policies_above={
            Scope(ScopeKind.AZURE, path): read_policy(rules)
            for path, rules, *_ in found.get("policy_above", ())
            if rules is not None
        },
    )


def _read_target(scope: Scope, caller: Caller, found: Found) -> Target:
    """What the caller may do at a place in Azure; who owns a group is asked apart."""
    if scope.kind is not ScopeKind.AZURE or not caller.is_enabled:
        return Target()
    ancestry = read_ancestry(scope, {row[0]: row[1] for row in found["place"]})
    ids = caller.group_ids | {caller.id}
    return Target(rights=read_rights(found, scope, ancestry, ids, Hearing()))


def read_grants(rows: Iterable[Row]) -> tuple[Grant, ...]:
    """The grants of rows."""
    return tuple(read_grant(row) for row in rows)


def _read_role(slot: Slot, found: Found) -> Role | None:
    if slot.scope.kind is ScopeKind.GROUP:
        return GROUP_ROLES.get(slot.role_id)
    if slot.scope.kind is ScopeKind.AZURE and (known := built_in_azure_roles().get(slot.role_id)):
        return known.role
    rows = found["role"]
    return read_role(rows[0]) if rows else None


def _read_policy(slot: Slot, role: Role | None, found: Found) -> Policy:
    if rows := found["policy"]:
        return read_policy(rows[0][0])
    # The decision refuses an unknown role; any policy will do until then.
    return read_default_policy(role or Role(RoleId(""), slot.scope.kind, ""))


def _is_known(scope: Scope, objects: Mapping[str, DirectoryObject], found: Found) -> bool:
    if scope.kind is ScopeKind.AZURE:
        return scope.path == "/" or bool(found["node"])
    if scope.kind is ScopeKind.GROUP:
        return _as_group(objects.get(scope.path)) is not None
    if scope.level is ScopeLevel.TENANT:
        return True
    object_ = objects.get(scope.object_id or "")
    if object_ is None or object_.deleted_at is not None:
        return False
    return object_.kind in _PLACES[scope.level]


def _is_offered(found: Found) -> bool:
    """Whether the role can be assigned at the place: it is custom only where it is kept."""
    offered = found.get("offered", ())
    if not offered:
        return True
    named = {fold(path) for path in read_texts(offered[0][0])}
    return not named.isdisjoint(fold(row[0]) for row in found["place"])


def _as_group(object_: DirectoryObject | None) -> Principal | None:
    if object_ is None or object_.kind is not ObjectKind.GROUP or object_.deleted_at is not None:
        return None
    return object_.as_principal()


def _own_eligibilities(
    grants: tuple[Grant, ...], at: Instant, found: Found
) -> Iterable[Eligibility]:
    here = tuple(g for g in grants if g.kind is GrantKind.ELIGIBLE and g.until > at)
    by_slot = _by_slot((*here, *read_grants(found.get("above", ()))))
    return (Eligibility(held, own) for held, own in by_slot.items())


def _group_eligibilities(found: Found) -> Iterable[Eligibility]:
    if not found["through"]:
        return
    memberships = read_grants(found["membership"])
    for held, grants in _by_slot(read_grants(found["through"])).items():
        yield Eligibility(held, grants, _leading_to(held.principal_id, memberships))


def _leading_to(group: PrincipalId, memberships: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The memberships of the group, and of the groups that are in it."""
    inside = {group}
    while (
        more := {m.slot.principal_id for m in memberships if m.slot.scope.path in inside} - inside
    ):
        inside |= more
    return tuple(m for m in memberships if m.slot.scope.path in inside)


def _by_slot(grants: Iterable[Grant]) -> dict[Slot, tuple[Grant, ...]]:
    found: dict[Slot, tuple[Grant, ...]] = {}
    for grant in grants:
        found[grant.slot] = (*found.get(grant.slot, ()), grant)
    return found


def read_chain(found: Found) -> Chain:
    """What stands on what was asked about, and what holds it up."""
    if not found["dependent"]:
        return Chain()
    supports = {
        grant.id: grant
        for name in ("support", "membership_support", "nested_support")
        for grant in read_grants(found.get(name, ()))
    }
    return Chain(read_grants(found["dependent"]), tuple(supports.values()))


def read_administrators(found: Found) -> tuple[AdministratorPath, ...]:
    """The ways in which people are administrators without an end; none where not asked."""
    direct = found.get("administrator", ())
    through = found.get("administrator_through", ())
    return tuple(
        AdministratorPath(PrincipalId(row[0]), tuple(GrantId(id_) for id_ in row[1:]))
        for row in (*direct, *through)
    )
