"""Rows of roles that are assigned together, and the lists of them."""

from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from timebound.application.queries import Order
from timebound.domain.bundles import RoleBundle
from timebound.domain.ids import GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.scopes import ScopeKind
from timebound.storage.attribute_fields import collect_texts
from timebound.storage.columns import InstantColumn, read_instant, read_optional_instant
from timebound.storage.conditions import Field
from timebound.storage.documents import read_texts, write_texts
from timebound.storage.fragments import AT, TENANT, columns_of, constant
from timebound.storage.paging import Listed
from timebound.storage.rows import Row
from timebound.storage.tables import role_bundles

BUNDLE_COLUMNS: Final = (
    "id",
    "kind",
    "role_id",
    "display_name",
    "description",
    "principal_ids",
    "part_ids",
    "app_ids",
    "grant_ids",
    "created_at",
    "ended_at",
)


def write_bundle(tenant_id: TenantId, bundle: RoleBundle) -> dict[str, object]:
    """The row of a bundle."""
    name = bundle.display_name
    return {
        "tenant_id": tenant_id,
        "id": bundle.id,
        "kind": bundle.kind.value,
        "role_id": bundle.role_id,
        "display_name": name,
        "display_name_key": None if name is None else name.lower(),
        "description": bundle.description,
        "principal_ids": write_texts(bundle.principal_ids),
        "part_ids": write_texts(bundle.part_ids),
        "app_ids": write_texts(bundle.app_ids),
        "grant_ids": write_texts(bundle.grant_ids),
        "created_at": bundle.created_at,
        "ended_at": bundle.ended_at,
    }


def read_bundle(row: Row) -> RoleBundle:
    """The bundle of a row."""
    return RoleBundle(
        id=row[0],
        kind=ScopeKind(row[1]),
        role_id=RoleId(row[2]),
        display_name=row[3],
        description=row[4],
        principal_ids=tuple(PrincipalId(id_) for id_ in read_texts(row[5])),
        part_ids=read_texts(row[6]),
        app_ids=read_texts(row[7]),
        grant_ids=tuple(GrantId(id_) for id_ in read_texts(row[8])),
        created_at=read_instant(row[9]),
        ended_at=read_optional_instant(row[10]),
    )


def list_bundles(kind: ScopeKind) -> Listed:
    """The bundles of a provider that stand at the instant."""
    own = role_bundles.c
    rows = select(*columns_of(role_bundles, BUNDLE_COLUMNS)).where(
        own.tenant_id == TENANT,
        own.kind == constant(kind.value),
        own.created_at <= AT,
        or_(own.ended_at.is_(None), own.ended_at > AT),
    )
    fields = {
        "id": Field(own.id, is_folded=True),
        "display_name": Field(own.display_name_key, is_folded=True, is_optional=True),
        "role_id": Field(own.role_id, is_folded=True),
        "created_at": Field(own.created_at, InstantColumn),
        "principal": _only(own.principal_ids),
        "part": _only(own.part_ids),
        "app": _only(own.app_ids),
    }
    collections = {
        "principals": collect_texts(own.principal_ids),
        "parts": collect_texts(own.part_ids),
        "apps": collect_texts(own.app_ids),
    }
    return Listed(rows, fields, (Order("created_at"), Order("id")), collections)


def _only(column: ColumnElement[str]) -> Field:
    """The text in a list of one, empty where the list is; no text is several of them."""
    text = func.replace(func.replace(column, '["', ""), '"]', "")
    return Field(func.nullif(text, "[]"), is_optional=True)
