"""What things are called: the expanded properties of what is told of PIM and RBAC."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Names:
    """The people, roles and places that some entries are about; what is gone for good is not in."""

    objects: Mapping[PrincipalId, DirectoryObject]
    roles: Mapping[RoleId, Role]
    nodes: Mapping[str, Node]
    accounts: Mapping[ApplicationId, PrincipalId] = field(default_factory=dict)
    """The service principals of applications that have asked for something."""

    def account_of(self, application_id: ApplicationId | None) -> str | None:
        """The service principal of an application; its own id where there is none any more."""
        return None if application_id is None else self.accounts.get(application_id, application_id)

    def principal_type(self, principal_id: PrincipalId) -> str | None:
        """What Azure calls the kind of a principal."""
        found = self.objects.get(principal_id)
        return None if found is None else PRINCIPAL_TYPES.get(found.kind)

    def expand(self, slot: Slot) -> dict[str, object]:
        """The principal, the role and the place of a slot, by their names."""
        return {
            "principal": self._expand_principal(slot.principal_id),
            "roleDefinition": self.expand_role(slot.scope, slot.role_id),
            "scope": self.expand_scope(slot.scope),
        }

    def expand_role(self, scope: Scope, role_id: RoleId) -> dict[str, object]:
        """A role as it is seen from a place."""
        role = self.roles.get(role_id)
        is_built_in = role is None or role.is_built_in
        return {
            "id": spell_role_id(scope, role_id),
            "displayName": None if role is None else role.name,
            "type": "BuiltInRole" if is_built_in else "CustomRole",
        }

    def expand_scope(self, scope: Scope) -> dict[str, object]:
        """A place; resources are told by the type that their provider gives them."""
        node, kind = self.nodes.get(scope.path), kind_of(scope)
        is_resource = kind is PlaceKind.RESOURCE and node is not None
        return {
            "id": scope.path,
            "displayName": None if node is None else node.display_name,
            "type": node.type if is_resource and node else kind.value,
        }

    def _expand_principal(self, principal_id: PrincipalId) -> dict[str, object]:
        found = self.objects.get(principal_id)
        return {
            "id": principal_id,
            "displayName": found and found.display_name,
            "email": found and (found.mail or found.user_principal_name),
            "type": self.principal_type(principal_id),
        }


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
    ids = tuple(dict.fromkeys(slot.principal_id for slot in held))
    objects = await store.find_objects(tenant_id, ids) if ids else {}
    paths = tuple(dict.fromkeys(slot.scope.path for slot in held))
    known = {one.id: one for one in objects.values()}
    nodes = await store.find_places(tenant_id, paths)
    return Names(known, roles, nodes, await _find_accounts(call, applications))


async def _find_accounts(
    call: Call, applications: Iterable[ApplicationId]
) -> Mapping[ApplicationId, PrincipalId]:
    asked = {one: ApplicationId(one.lower()) for one in applications}
    if not asked:
        return {}
    programs = await call.ports.store.find_programs(call.token.tenant_id, tuple(asked.values()))
    accounts = {one.app_id: one.id for one in programs if one.kind is ObjectKind.SERVICE_PRINCIPAL}
    return {one: accounts[key] for one, key in asked.items() if key in accounts}
