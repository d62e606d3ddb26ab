"""Favorites of people, and namespaces of attributes, as they are kept."""

from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import select

from timebound.application.mark_ports import (
    Favorite,
    PutAttributeNamespace,
    PutFavorite,
    RemoveAttributeNamespace,
    RemoveFavorite,
)
from timebound.domain.attribute_namespaces import AttributeNamespace
from timebound.domain.folding import fold
from timebound.domain.ids import PrincipalId, TenantId
from timebound.storage.asking import Asking
from timebound.storage.azure_tables import attribute_namespaces, favorites
from timebound.storage.columns import read_instant
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_document
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.statements import Values, delete_from, put_into

_namespaces: Final = msgspec.json.Decoder(AttributeNamespace)


class MarkFinding(Asking):
    """Answers which favorites and namespaces there are."""

    async def list_favorites(
        self, tenant_id: TenantId, principal_id: PrincipalId
    ) -> tuple[Favorite, ...]:
        """The favorites of somebody, by their paths in lower case."""
        rows = await self.ask(_of_principal(), {"tenant": tenant_id, "principal": principal_id})
        return tuple(Favorite(principal_id, row[0], read_instant(row[1])) for row in rows)

    async def find_attribute_namespace(
        self, tenant_id: TenantId, name: str
    ) -> AttributeNamespace | None:
        """The namespace of a name, in any casing."""
        rows = await self.ask(_by_name(), {"tenant": tenant_id, "name_key": name.lower()})
        return _namespaces.decode(rows[0][0]) if rows else None


def put_favorite(tenant_id: TenantId, write: PutFavorite) -> Iterator[tuple[Statement, Values]]:
    """A favorite; the same again changes nothing but when it was made one."""
    one = write.favorite
    row: Values = {
        "tenant_id": tenant_id,
        "principal_id": one.principal_id,
        "path_key": fold(one.path),
        "path": one.path,
        "created_at": one.created_at,
    }
    yield put_into(favorites), row


def remove_favorite(
    tenant_id: TenantId, write: RemoveFavorite
) -> Iterator[tuple[Statement, Values]]:
    """A favorite that is none any more."""
    values: Values = {
        "of_tenant_id": tenant_id,
        "of_principal_id": write.principal_id,
        "of_path_key": fold(write.path),
    }
    yield delete_from(favorites, "tenant_id", "principal_id", "path_key"), values


def put_attribute_namespace(
    tenant_id: TenantId, write: PutAttributeNamespace
) -> Iterator[tuple[Statement, Values]]:
    """A namespace that was made."""
    row: Values = {
        "tenant_id": tenant_id,
        "name_key": write.namespace.name.lower(),
        "document": write_document(write.namespace),
    }
    yield put_into(attribute_namespaces), row


def remove_attribute_namespace(
    tenant_id: TenantId, write: RemoveAttributeNamespace
) -> Iterator[tuple[Statement, Values]]:
    """A namespace that is gone."""
    values: Values = {"of_tenant_id": tenant_id, "of_name_key": write.name.lower()}
    yield delete_from(attribute_namespaces, "tenant_id", "name_key"), values


@cache
def _of_principal() -> Statement:
    own = favorites.c
    which = (own.tenant_id == TENANT, own.principal_id == parameter("principal"))
    return Statement(select(own.path, own.created_at).where(*which).order_by(own.path_key))


@cache
def _by_name() -> Statement:
    own = attribute_namespaces.c
    which = (own.tenant_id == TENANT, own.name_key == parameter("name_key"))
    return Statement(select(own.document).where(*which))
