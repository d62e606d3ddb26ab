"""Things looked up by their ids."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Table, select

from timebound.domain.bundles import RoleBundle
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId, RoleId, TenantId
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.storage.asking import Asking
from timebound.storage.bundles import BUNDLE_COLUMNS, read_bundle
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.directory_rows import (
    DEFINITION_COLUMNS,
    OBJECT_COLUMNS,
    read_definition,
    read_object,
)
from timebound.storage.documents import read_settings
from timebound.storage.fragments import TENANT, columns_of
from timebound.storage.rows import GRANT_COLUMNS, Row, read_grant
from timebound.storage.tables import directory_objects, grants, role_bundles, roles, tenants


class Finding(Asking):
    """Answers by id; what is not there is left out."""

    async def load_settings(self, tenant_id: TenantId) -> TenantSettings:
        """The settings of a tenant; the defaults where it has none."""
        rows = await self.ask(_settings(), {"tenant": tenant_id})
        return read_settings(rows[0][0]) if rows else TenantSettings()

    async def find_objects(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, DirectoryObject]:
        """The directory objects with these ids, deleted ones too."""
        rows = await self._find(directory_objects, OBJECT_COLUMNS, tenant_id, ids)
        return {row[0]: read_object(row) for row in rows}

    async def find_roles(
        self, tenant_id: TenantId, ids: Sequence[RoleId]
    ) -> Mapping[RoleId, RoleDefinition]:
        """The role definitions with these ids."""
        rows = await self._find(roles, DEFINITION_COLUMNS, tenant_id, ids)
        return {RoleId(row[0]): read_definition(row) for row in rows}

    async def find_grants(
        self, tenant_id: TenantId, ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        """The grants with these ids, whether in force or not."""
        rows = await self._find(grants, GRANT_COLUMNS, tenant_id, ids)
        return {GrantId(row[0]): read_grant(row) for row in rows}

    async def find_bundle(
        self, tenant_id: TenantId, kind: ScopeKind, id_: str
    ) -> RoleBundle | None:
        """One assignment of a provider that has not ended."""
        rows = await self._find(role_bundles, BUNDLE_COLUMNS, tenant_id, [id_])
        found = read_bundle(rows[0]) if rows else None
        return found if found and found.kind is kind and found.ended_at is None else None

    async def _find(
        self, table: Table, columns: tuple[str, ...], tenant_id: TenantId, ids: Sequence[str]
    ) -> Sequence[Row]:
        if not ids:
            return ()
        return await self.ask(_by_id(table, columns), {"tenant": tenant_id, "ids": list(ids)})


@cache
def _by_id(table: Table, columns: tuple[str, ...]) -> Statement:
    return Statement(
        select(*columns_of(table, columns)).where(
            table.c.tenant_id == TENANT, is_any_of(table.c.id, "ids")
        )
    )


@cache
def _settings() -> Statement:
    return Statement(select(tenants.c.settings).where(tenants.c.id == TENANT))
