"""The ids of what a seed names: those given, the others derived from the tenant and the name."""

from collections.abc import Mapping
from dataclasses import dataclass

from timebound.application.catalog import built_in_roles_by_name
from timebound.domain.azure.places import read_place
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import (
    ADMINISTRATIVE_UNITS,
    DIRECTORY_ROOT,
    Scope,
    ScopeKind,
    group_scope,
)
from timebound.server.ids import derive_id
from timebound.server.seed_format import (
    ApplicationSeed,
    GroupAccess,
    HoldingSeed,
    PolicySeed,
    Seed,
)
from timebound.server.seed_tree import list_places, name_azure_roles


@dataclass(frozen=True, slots=True)
class SeedIds:
    """Every id of a seed, by the name that the seed uses."""

    tenant_id: TenantId
    principals: Mapping[str, PrincipalId]
    units: Mapping[str, PrincipalId]
    roles: Mapping[str, RoleId]
    places: Mapping[str, Scope]
    """The places in the tree of Azure, by their paths in lower case."""

    def derive(self, *names: str) -> str:
        """The id that follows from the tenant and some names."""
        return derive_id(self.tenant_id, *names)

    def app_id(self, application: ApplicationSeed) -> ApplicationId:
        """The id by which an application asks for tokens."""
        derived = self.derive("appId", application.display_name)
        return ApplicationId(application.app_id or derived)

    def role_of(self, entry: HoldingSeed | PolicySeed) -> RoleId:
        """The role that is held or governed: a directory role, or one of a group's two."""
        if isinstance(entry, HoldingSeed) and entry.scope is not None:
            return name_azure_roles()[entry.role or ""]
        if entry.role is not None:
            return self.roles[entry.role]
        return MEMBER if entry.access is GroupAccess.MEMBER else OWNER

    def scope_of(self, holding: HoldingSeed) -> Scope:
        """Where it is held."""
        place = None if holding.scope is None else read_place(holding.scope)
        if place is not None:
            return self.places[place.key]
        if holding.group is not None:
            return group_scope(self.principals[holding.group])
        if holding.administrative_unit is not None:
            unit_id = self.units[holding.administrative_unit]
            return Scope(ScopeKind.DIRECTORY, f"{ADMINISTRATIVE_UNITS}{unit_id}")
        if holding.application is not None:
            return Scope(ScopeKind.DIRECTORY, f"/{self.principals[holding.application]}")
        return DIRECTORY_ROOT

    def policy_scope_of(self, policy: PolicySeed) -> Scope:
        """Where a policy is kept: a directory role has one for the whole tenant."""
        return (
            DIRECTORY_ROOT if policy.group is None else group_scope(self.principals[policy.group])
        )


def collect_ids(seed: Seed) -> SeedIds:
    """The ids of a seed; the same seed always has the same."""
    tenant_id = TenantId(seed.tenant.id)

    def choose(given: str | None, kind: str, name: str) -> PrincipalId:
        return PrincipalId(given or derive_id(tenant_id, kind, name))

    principals = {
        **{
            one.user_principal_name: choose(one.id, "user", one.user_principal_name)
            for one in seed.users
        },
        **{one.display_name: choose(one.id, "group", one.display_name) for one in seed.groups},
        **{
            one.display_name: choose(one.id, "servicePrincipal", one.display_name)
            for one in seed.applications
        },
    }
    units = {
        one.display_name: choose(one.id, "unit", one.display_name)
        for one in seed.administrative_units
    }
    built_in = {name: role.template_id for name, role in built_in_roles_by_name().items()}
    custom = {
        one.display_name: RoleId(one.id or derive_id(tenant_id, "role", one.display_name))
        for one in seed.role_definitions
    }
    return SeedIds(tenant_id, principals, units, {**built_in, **custom}, list_places(seed))
