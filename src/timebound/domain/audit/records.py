"""What an audit record says: who did what to whom, with which result, in published words.

A record names things by their ids. Whoever keeps it adds the names that they have then.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias

from timebound.domain.ids import EventId, TenantId
from timebound.domain.times import Instant

PIM_APPLICATION: Final = "01fc33a7-78ba-4d2f-a4b7-768e336e890e"
"""The first-party application that Microsoft's service acts as (documented: first-party apps)."""

_TICKS_SINCE: Final = datetime(1601, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CODE: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE_LENGTH: Final = 5


class Service(Enum):
    """The part of the service that keeps a record."""

    PIM = "PIM"
    DIRECTORY = "Core Directory"
    METHODS = "Authentication Methods"
    ELEVATION = "Azure RBAC (Elevated Access)"


class Category(Enum):
    """What kind of thing an activity is about."""

    USERS = "UserManagement"
    GROUPS = "GroupManagement"
    APPLICATIONS = "ApplicationManagement"
    ROLES = "RoleManagement"
    RESOURCES = "ResourceManagement"
    UNITS = "AdministrativeUnit"
    DIRECTORY = "DirectoryManagement"
    ELEVATION = "AzureRBACRoleManagementElevateAccess"


class Deed(Enum):
    """The type of an operation."""

    ADD = "Add"
    ASSIGN = "Assign"
    UPDATE = "Update"
    UNASSIGN = "Unassign"
    DELETE = "Delete"


class Result(Enum):
    """How an activity came out."""

    SUCCESS = "success"
    FAILURE = "failure"


class TargetType(Enum):
    """The type of a resource that an activity was about.

    Of a PRINCIPAL only its id is known; whoever looks up its name finds its type as well.
    """

    PRINCIPAL = "Principal"
    USER = "User"
    GROUP = "Group"
    SERVICE_PRINCIPAL = "ServicePrincipal"
    APPLICATION = "Application"
    ROLE = "Role"
    DIRECTORY = "Directory"
    UNIT = "AdministrativeUnit"
    REQUEST = "Request"
    OTHER = "Other"


@dataclass(frozen=True, slots=True)
class NameOf:
    """A value that is the name of an object or a role."""

    id: str


Value: TypeAlias = str | NameOf | None


@dataclass(frozen=True, slots=True)
class Change:
    """A property that an activity changed; none where it has no value."""

    name: str
    old: Value = None
    new: Value = None


@dataclass(frozen=True, slots=True)
class Target:
    """A resource that an activity was about.

    The tenant itself (DIRECTORY) needs no id; `name` is set where nobody can look it up any more.
    """

    type: TargetType
    id: str | None = None
    name: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Initiator:
    """Who caused an activity, and from where; with a `name` the service itself or its operator."""

    id: str | None
    is_application: bool
    name: str | None = None
    address: str | None = None


# quirk(graph): to PIM its own deeds are those of a user - observed record of an expiry
PIM_PERSON: Final = Initiator(PIM_APPLICATION, is_application=False, name="Azure AD PIM")
PIM_PROGRAM: Final = Initiator(PIM_APPLICATION, is_application=True, name="MS-PIM")
OPERATOR: Final = Initiator(None, is_application=True, name="Timebound operator")


@dataclass(frozen=True, slots=True)
class Activity:
    """A published name with what always goes with it."""

    name: str
    category: Category
    service: Service
    deed: Deed


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record; `number` counts those that one event makes.

    `details` are names with their values, in the order in which they are told.
    """

    event_id: EventId
    number: int
    activity: Activity
    at: Instant
    correlation_id: str
    initiator: Initiator
    targets: tuple[Target, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    result: Result = Result.SUCCESS
    reason: str | None = None

    def identify(self, tenant_id: TenantId) -> str:
        """The id of the record, which the same event always makes again."""
        if self.activity.service is Service.PIM:
            ticks = (self.at - _TICKS_SINCE) // _MICROSECOND * 10 + self.number
            return f"PIM_{self.event_id}_{tenant_id}_{ticks}"
        digest = hashlib.sha256(f"{self.event_id}/{self.number}".encode()).digest()
        code = "".join(_CODE[byte % len(_CODE)] for byte in digest[:_CODE_LENGTH])
        last = int.from_bytes(digest[-4:], "big") % 100_000_000
        return f"Directory_{self.event_id}_{code}_{last:08}"

    def list_named(self) -> Iterator[str]:
        """The ids of objects and roles whose names belong into the record."""
        if self.initiator.id is not None and not self.initiator.is_application:
            yield self.initiator.id
        for target in self.targets:
            if target.id is not None and target.type not in _NAMELESS:
                yield target.id
            for change in target.changes:
                yield from (v.id for v in (change.old, change.new) if isinstance(v, NameOf))


_NAMELESS: Final = (TargetType.REQUEST, TargetType.DIRECTORY, TargetType.OTHER)
