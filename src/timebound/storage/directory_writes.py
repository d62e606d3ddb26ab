"""How the directory is written: objects, units, owners, secrets and permissions."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from timebound.application.changes import (
    AddOwner,
    AddUnitMember,
    ChangeSet,
    GrantPermission,
    PurgeObject,
    PutObject,
    PutSecret,
    RemoveOwner,
    RemoveSecret,
    RemoveSecrets,
    RemoveUnitMember,
    RevokePermission,
    TouchObject,
)
from timebound.domain.ids import TenantId
from timebound.storage.columns import BooleanType, InstantColumn
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import list_names, list_words, write_object
from timebound.storage.directory_tables import (
    object_names,
    object_owners,
    permission_grants,
    secrets,
    unit_members,
)
from timebound.storage.federating import identity_links
from timebound.storage.fragments import parameter
from timebound.storage.sign_in_tables import factors
from timebound.storage.statements import Values, delete_from, insert_into, put_into
from timebound.storage.tables import directory_objects
from timebound.storage.word_tables import object_words

PASSWORD: Final = "password"  # noqa: S105 - the name of a kind, not a secret
"""The kind of secret of which its owner has one; of other kinds there may be several."""


_REFERRING: Final = (
    (object_names, "object_id"),
    (object_words, "object_id"),
    (unit_members, "unit_id"),
    (unit_members, "member_id"),
    (object_owners, "object_id"),
    (object_owners, "owner_id"),
    (secrets, "owner_id"),
    (identity_links, "user_id"),
    (factors, "user_id"),
)
"""What refers to a directory object and goes with it."""


def put_object(change: ChangeSet, write: PutObject) -> Iterator[tuple[Statement, Values]]:
    """An object with its names; it is changed with the change set."""
    tenant_id = change.tenant_id
    row = write_object(tenant_id, write.object)
    yield put_into(directory_objects), {**row, "changed_at": change.recorded_at}
    found_by = (
        (object_names, list_names(tenant_id, write.object)),
        (object_words, list_words(tenant_id, write.object)),
    )
    for table, rows in found_by:
        yield (
            delete_from(table, "tenant_id", "object_id"),
            {"of_tenant_id": tenant_id, "of_object_id": write.object.id},
        )
        for found in rows:
            yield insert_into(table), found


def touch_object(change: ChangeSet, write: TouchObject) -> Iterator[tuple[Statement, Values]]:
    """Says that the members of an object changed, with the change set."""
    row: Values = {
        "of_tenant": change.tenant_id,
        "of_id": write.object_id,
        "new_change": change.recorded_at,
    }
    yield _touch(), row


def purge_object(tenant_id: TenantId, write: PurgeObject) -> Iterator[tuple[Statement, Values]]:
    """A removal, of what refers to the object first."""
    for table, column in _REFERRING:
        values: Values = {"of_tenant_id": tenant_id, f"of_{column}": write.object_id}
        yield delete_from(table, "tenant_id", column), values
    yield (
        delete_from(directory_objects, "tenant_id", "id"),
        {"of_tenant_id": tenant_id, "of_id": write.object_id},
    )


def add_member(tenant_id: TenantId, write: AddUnitMember) -> Iterator[tuple[Statement, Values]]:
    """A member of an administrative unit."""
    row: Values = {
        "tenant_id": tenant_id,
        "unit_id": write.unit_id,
        "member_id": write.member_id,
    }
    yield put_into(unit_members), row


def remove_member(
    tenant_id: TenantId, write: RemoveUnitMember
) -> Iterator[tuple[Statement, Values]]:
    """The end of such a membership."""
    yield (
        delete_from(unit_members, "tenant_id", "unit_id", "member_id"),
        {
            "of_tenant_id": tenant_id,
            "of_unit_id": write.unit_id,
            "of_member_id": write.member_id,
        },
    )


def add_owner(tenant_id: TenantId, write: AddOwner) -> Iterator[tuple[Statement, Values]]:
    """An owner of an application or a service principal."""
    row: Values = {
        "tenant_id": tenant_id,
        "object_id": write.object_id,
        "owner_id": write.owner_id,
    }
    yield put_into(object_owners), row


def remove_owner(tenant_id: TenantId, write: RemoveOwner) -> Iterator[tuple[Statement, Values]]:
    """The end of such an ownership."""
    yield (
        delete_from(object_owners, "tenant_id", "object_id", "owner_id"),
        {
            "of_tenant_id": tenant_id,
            "of_object_id": write.object_id,
            "of_owner_id": write.owner_id,
        },
    )


def put_secret(tenant_id: TenantId, write: PutSecret) -> Iterator[tuple[Statement, Values]]:
    """A secret; a password takes the place of the one before."""
    if write.kind == PASSWORD:
        yield (
            delete_from(secrets, "tenant_id", "owner_id", "kind"),
            {"of_tenant_id": tenant_id, "of_owner_id": write.owner_id, "of_kind": write.kind},
        )
    row: Values = {
        "tenant_id": tenant_id,
        "owner_id": write.owner_id,
        "kind": write.kind,
        "hash": write.hash,
        "key_id": write.key_id,
        "start_at": write.start_at,
        "end_at": write.end_at,
    }
    yield put_into(secrets), row


def remove_secret(tenant_id: TenantId, write: RemoveSecret) -> Iterator[tuple[Statement, Values]]:
    """The end of a client secret."""
    yield (
        delete_from(secrets, "tenant_id", "owner_id", "key_id"),
        {
            "of_tenant_id": tenant_id,
            "of_owner_id": write.owner_id,
            "of_key_id": write.key_id,
        },
    )


def remove_secrets(tenant_id: TenantId, write: RemoveSecrets) -> Iterator[tuple[Statement, Values]]:
    """The end of all secrets of an application, whichever of its objects they belong to."""
    row: Values = {"of_tenant": tenant_id, "of_application": write.application_id.lower()}
    yield _delete_secrets(), row


def grant_permission(
    tenant_id: TenantId, write: GrantPermission
) -> Iterator[tuple[Statement, Values]]:
    """A permission."""
    row: Values = {
        "tenant_id": tenant_id,
        "application_id": write.application_id,
        "is_delegated": write.is_delegated,
        "permission": write.permission,
    }
    yield put_into(permission_grants), row


def revoke_permission(
    tenant_id: TenantId, write: RevokePermission
) -> Iterator[tuple[Statement, Values]]:
    """The end of a permission."""
    yield (
        _revoke(),
        {
            "of_tenant": tenant_id,
            "of_application": write.application_id,
            "of_permission": write.permission,
            "was_delegated": write.is_delegated,
        },
    )


@cache
def _touch() -> Statement:
    return Statement(
        update(directory_objects)
        .where(
            directory_objects.c.tenant_id == parameter("of_tenant"),
            directory_objects.c.id == parameter("of_id"),
        )
        .values(changed_at=bindparam("new_change", type_=InstantColumn))
    )


@cache
def _delete_secrets() -> Statement:
    owners = select(directory_objects.c.id).where(
        directory_objects.c.tenant_id == parameter("of_tenant"),
        directory_objects.c.app_id == parameter("of_application"),
    )
    return Statement(
        delete(secrets).where(
            secrets.c.tenant_id == parameter("of_tenant"), secrets.c.owner_id.in_(owners)
        )
    )


@cache
def _revoke() -> Statement:
    held = permission_grants
    return Statement(
        delete(held).where(
            held.c.tenant_id == parameter("of_tenant"),
            held.c.application_id == parameter("of_application"),
            held.c.permission == parameter("of_permission"),
            held.c.is_delegated == bindparam("was_delegated", type_=BooleanType),
        )
    )
