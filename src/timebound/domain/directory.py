"""Directory objects: what principals, administrative units and applications look like."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from timebound.domain.events import Fact
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.times import Instant


class ObjectKind(Enum):
    """The kinds of directory object."""

    USER = "user"
    GROUP = "group"
    SERVICE_PRINCIPAL = "servicePrincipal"
    APPLICATION = "application"
    ADMINISTRATIVE_UNIT = "administrativeUnit"
    DIRECTORY_ROLE = "directoryRole"
    """A built-in role seen as an object; it is kept as a role and made from one."""


KEPT_DELETED: Final = timedelta(days=30)
"""How long what was deleted can be restored; then it is gone. Source: Graph, deletedItems."""
SESSIONS_VALID_FROM: Final = "signInSessionsValidFromDateTime"
_PRINCIPALS: Final = (ObjectKind.USER, ObjectKind.GROUP, ObjectKind.SERVICE_PRINCIPAL)


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """One object of the directory.

    What is searched or decided by has a field of its own; every other published property is in
    `attributes` under its published name.
    """

    id: PrincipalId
    kind: ObjectKind
    display_name: str
    created_at: Instant
    is_enabled: bool = True
    deleted_at: Instant | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    app_id: ApplicationId | None = None
    is_role_assignable: bool = False
    attributes: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def is_synced(self) -> bool:
        """Whether it comes from a directory on the premises, which is its master."""
        return self.attributes.get("onPremisesSyncEnabled") is True

    def as_principal(self) -> Principal | None:
        """The object as decisions know it; none for what cannot hold a role."""
        if self.kind not in _PRINCIPALS:
            return None
        group_types = self.attributes.get("groupTypes")
        return Principal(
            id=self.id,
            kind=PrincipalKind(self.kind.value),
            display_name=self.display_name,
            is_enabled=self.is_enabled,
            is_deleted=self.deleted_at is not None,
            is_role_assignable=self.is_role_assignable,
            is_dynamic=isinstance(group_types, tuple) and "DynamicMembership" in group_types,
            is_synced=self.is_synced,
        )


def end_sessions(user: DirectoryObject, at: Instant) -> DirectoryObject:
    """A person for whom nothing counts any more that they were given until now."""
    told = f"{at.isoformat(timespec='microseconds')[:26]}Z"
    return replace(user, attributes={**user.attributes, SESSIONS_VALID_FROM: told})


def find_sessions_start(found: DirectoryObject) -> Instant | None:
    """From when on sessions and tokens of somebody count; none if none were ever ended."""
    told = found.attributes.get(SESSIONS_VALID_FROM)
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def is_restorable(deleted_at: Instant | None, at: Instant) -> bool:
    """Whether something is deleted, but not so long ago that it is gone for good."""
    return deleted_at is not None and at < deleted_at + KEPT_DELETED


def complete_object(new: DirectoryObject) -> DirectoryObject:
    """A person or a group that is made, with what follows from its id and its kind."""
    if new.kind not in {ObjectKind.USER, ObjectKind.GROUP}:
        return new
    # quirk(graph): the security identifier of an object is its id, told again - published examples
    known: dict[str, Fact] = {"securityIdentifier": derive_security_identifier(new.id)}
    if new.is_role_assignable:
        # quirk(graph): a group that can hold roles is always private - groups, isAssignableToRole
        known["visibility"] = "Private"
    return replace(new, attributes={**new.attributes, **known})


def derive_security_identifier(id_: PrincipalId) -> str:
    """The sixteen bytes of an id as four numbers, in the order in which Windows keeps them."""
    first, second, third, *rest = id_.split("-")
    tail = bytes.fromhex("".join(rest))
    numbers = (
        int(first, 16),
        int(third + second, 16),
        int.from_bytes(tail[:4], "little"),
        int.from_bytes(tail[4:], "little"),
    )
    return "-".join(("S-1-12-1", *map(str, numbers)))
