"""What things are called: the expanded properties of what is told of PIM and RBAC."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.dialects.arm.call import Call
from timebound.dialects.arm.ids import spell_role_id
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Slot
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId
from timebound.domain.roles import Role
from timebound.domain.scopes import Scope

PRINCIPAL_TYPES: Final = {
    ObjectKind.USER: "User",
    ObjectKind.GROUP: "Group",
    ObjectKind.SERVICE_PRINCIPAL: "ServicePrincipal",
}


class Named(msgspec.Struct, rename="camel", frozen=True, omit_defaults=True, gc=False):
    """A principal, a role or a place, and what it is called."""

    id: str
    display_name: str | None = None
    email: str | None = None
    type: str | None = None


class ExpandedProperties(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """Who has which role where."""

    principal: Named
    role_definition: Named
    scope: Named


@dataclass(frozen=True, slots=True)
class Names:
    """The people, roles and places that some entries are about; what is gone for good is not in."""

    objects: Mapping[PrincipalId, DirectoryObject]
    roles: Mapping[RoleId, Role]
    nodes: Mapping[str, Node]
    accounts: Mapping[ApplicationId, PrincipalId] = field(default_factory=dict)
    """The service principals of applications that have asked for something."""
    _places: dict[str, Named] = field(default_factory=dict[str, Named], init=False)
    """What has been told of places so far: lists name the same few over and over."""

    def account_of(self, application_id: ApplicationId | None) -> str | None:
        """The service principal of an application; its own id where there is none any more."""
        return None if application_id is None else self.accounts.get(application_id, application_id)

    def principal_type(self, principal_id: PrincipalId) -> str | None:
        """What Azure calls the kind of a principal."""
        return principal_type(self.objects.get(principal_id))

    def expand(self, slot: Slot) -> ExpandedProperties:
        """The principal, the role and the place of a slot, by their names."""
        return ExpandedProperties(
            self._expand_principal(slot.principal_id),
            self.expand_role(slot.scope, slot.role_id),
            self.expand_scope(slot.scope),
        )

    def expand_role(self, scope: Scope, role_id: RoleId) -> Named:
        """A role as it is seen from a place."""
        role = self.roles.get(role_id)
        type_ = "BuiltInRole" if role is None or role.is_built_in else "CustomRole"
        return Named(spell_role_id(scope, role_id), None if role is None else role.name, type=type_)

    def expand_scope(self, scope: Scope) -> Named:
        """A place; resources are told by the type that their provider gives them."""
        named = self._places.get(scope.path)
        if named is None:
            named = self._places[scope.path] = self._name_place(scope)
        return named

    def _name_place(self, scope: Scope) -> Named:
        node, kind = self.nodes.get(scope.path), kind_of(scope)
        if node is None:
            return Named(scope.path, type=kind.value)
        type_ = node.type if kind is PlaceKind.RESOURCE else kind.value
        return Named(scope.path, node.display_name, type=type_)

    def _expand_principal(self, principal_id: PrincipalId) -> Named:
        found = self.objects.get(principal_id)
        if found is None:
            return Named(principal_id)
        email = found.mail or found.user_principal_name
        return Named(principal_id, found.display_name, email, principal_type(found))


def principal_type(found: DirectoryObject | None) -> str | None:
    """What Azure calls the kind of a principal; nothing of one that is gone for good."""
    return None if found is None else PRINCIPAL_TYPES.get(found.kind)


async def find_principals(
    call: Call, slots: Iterable[Slot]
) -> Mapping[PrincipalId, DirectoryObject]:
    """The principals of the slots."""
    ids = tuple(dict.fromkeys(slot.principal_id for slot in slots))
    found = await call.ports.store.find_objects(call.token.tenant_id, ids) if ids else {}
    return {one.id: one for one in found.values()}


async def find_names(
    call: Call, slots: Iterable[Slot], applications: Iterable[ApplicationId] = ()
) -> Names:
    """What the principals, roles and places of the slots are called, and who applications are."""
    store, tenant_id, held = call.ports.store, call.token.tenant_id, tuple(slots)
    built_in = built_in_azure_roles()
    role_ids = dict.fromkeys(slot.role_id for slot in held)
    custom = [role_id for role_id in role_ids if role_id not in built_in]
    found = await store.find_roles(tenant_id, custom) if custom else {}
    roles = {id_: built_in[id_].role for id_ in role_ids if id_ in built_in}
    roles |= {id_: definition.role for id_, definition in found.items()}
    objects = await find_principals(call, held)
    paths = tuple(dict.fromkeys(slot.scope.path for slot in held))
    nodes = await store.find_places(tenant_id, paths)
    return Names(objects, roles, nodes, await _find_accounts(call, applications))


async def _find_accounts(
    call: Call, applications: Iterable[ApplicationId]
) -> Mapping[ApplicationId, PrincipalId]:
    asked = {one: ApplicationId(one.lower()) for one in applications}
    if not asked:
        return {}
    programs = await call.ports.store.find_programs(call.token.tenant_id, tuple(asked.values()))
    accounts = {one.app_id: one.id for one in programs if one.kind is ObjectKind.SERVICE_PRINCIPAL}
    return {one: accounts[key] for one, key in asked.items() if key in accounts}
