"""What the authorization server asks: tenants, applications, people, and what they may."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from timebound.application.ports import SecretRecord, TenantRecord
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.callers import (
    CALLER,
    granted_permissions,
    held_roles,
    held_through_groups,
)
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.directory_tables import secrets
from timebound.storage.fragments import AT, TENANT, columns_of, constant, parameter
from timebound.storage.rows import Row
from timebound.storage.stacking import Stack
from timebound.storage.tables import directory_objects, tenant_domains, tenants


class Identifying(Asking):
    """The questions of the authorization server."""

    async def find_tenant(self, id_or_domain: str) -> TenantRecord | None:
        """A tenant by id or verified domain, in any casing."""
        return _read_tenant(await self.ask(_tenant(), {"name": id_or_domain.lower()}))

    async def sole_tenant(self) -> TenantRecord | None:
        """The only tenant; none if there are several."""
        return _read_tenant(await self.ask(_sole_tenant(), {}))

    async def find_application(
        self, tenant_id: TenantId, application_id: ApplicationId, at: Instant
    ) -> SecretRecord | None:
        """The service principal of an application with the hashes of secrets that count at `at`.

        A secret may belong to the service principal or to the application object.
        """
        values = {"tenant": tenant_id, "app_id": application_id.lower(), "at": at}
        return await self._find_owner(_application_stack(), values)

    async def find_user(self, tenant_id: TenantId, name: str) -> SecretRecord | None:
        """A person by user principal name, in any casing, with the hash of their password."""
        return await self._find_owner(_user_stack(), {"tenant": tenant_id, "name": name.lower()})

    async def granted_permissions(
        self, tenant_id: TenantId, application_id: ApplicationId, *, is_delegated: bool
    ) -> frozenset[str]:
        """The permissions granted to an application now."""
        values = {
            "tenant": tenant_id,
            "application": application_id.lower(),
            "is_delegated": is_delegated,
        }
        return frozenset(row[0] for row in await self.ask(_permissions(), values))

    async def effective_role_ids(
        self, tenant_id: TenantId, principal_id: PrincipalId, at: Instant
    ) -> tuple[RoleId, ...]:
        """The directory roles in force for a principal at `at`, sorted; none while disabled."""
        stack = _roles_stack()
        rows = await self.ask(
            stack.statement, {"tenant": tenant_id, "caller": principal_id, "at": at}
        )
        found = stack.split(rows)
        if not found["enabled"]:
            return ()
        held = (*found["held"], *found["held_through"])
        return tuple(sorted({RoleId(row[0]) for row in held}))

    async def _find_owner(self, stack: Stack, values: Parameters) -> SecretRecord | None:
        found = stack.split(await self.ask(stack.statement, values))
        if not found["owner"]:
            return None
        hashes = tuple(row[0] for row in found["secret"])
        return SecretRecord(read_object(found["owner"][0]), hashes)


def _read_tenant(rows: Sequence[Row]) -> TenantRecord | None:
    if not rows:
        return None
    domains = tuple(row[2] for row in rows if row[2] is not None)
    return TenantRecord(TenantId(rows[0][0]), rows[0][1], domains)


def _select_tenants() -> Select[Any]:
    return (
        select(tenants.c.id, tenants.c.display_name, tenant_domains.c.domain)
        .join_from(
            tenants, tenant_domains, tenant_domains.c.tenant_id == tenants.c.id, isouter=True
        )
        .order_by(tenant_domains.c.position)
    )


@cache
def _tenant() -> Statement:
    name = parameter("name")
    by_domain = select(tenant_domains.c.tenant_id).where(tenant_domains.c.domain == name)
    return Statement(
        _select_tenants().where(or_(tenants.c.id == name, tenants.c.id.in_(by_domain)))
    )


@cache
def _sole_tenant() -> Statement:
    two = select(tenants.c.id).limit(2).subquery("two")
    number = select(func.count()).select_from(two).scalar_subquery()
    return Statement(_select_tenants().where(number == 1))


@cache
def _application_stack() -> Stack:
    app_id = parameter("app_id")
    is_mine = and_(
        directory_objects.c.tenant_id == TENANT,
        directory_objects.c.app_id == app_id,
        directory_objects.c.deleted_at.is_(None),
    )
    is_principal = directory_objects.c.kind == constant(ObjectKind.SERVICE_PRINCIPAL.value)
    counts = and_(
        or_(secrets.c.start_at.is_(None), secrets.c.start_at <= AT),
        or_(secrets.c.end_at.is_(None), secrets.c.end_at > AT),
    )
    return _owner_stack(and_(is_mine, is_principal), and_(is_mine, counts))


@cache
def _user_stack() -> Stack:
    is_named = and_(
        directory_objects.c.tenant_id == TENANT,
        directory_objects.c.user_principal_name_key == parameter("name"),
        directory_objects.c.kind == constant(ObjectKind.USER.value),
        directory_objects.c.deleted_at.is_(None),
    )
    return _owner_stack(is_named, is_named)


def _owner_stack(is_owner: ColumnElement[bool], has_secrets: ColumnElement[bool]) -> Stack:
    owner = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(is_owner)
    secret = (
        select(secrets.c.hash)
        .join_from(
            directory_objects,
            secrets,
            and_(secrets.c.tenant_id == TENANT, secrets.c.owner_id == directory_objects.c.id),
        )
        .where(has_secrets)
    )
    return Stack({"owner": owner, "secret": secret})


@cache
def _permissions() -> Statement:
    return Statement(granted_permissions())


@cache
def _roles_stack() -> Stack:
    enabled = select(directory_objects.c.id).where(
        directory_objects.c.tenant_id == TENANT,
        directory_objects.c.id == CALLER,
        directory_objects.c.is_enabled,
        directory_objects.c.deleted_at.is_(None),
    )
    return Stack({"enabled": enabled, "held": held_roles(), "held_through": held_through_groups()})
