"""What a seed file may say, shape by shape, in the order of its sections.

Principals are named as people name them: a user by userPrincipalName, a group or an application by
displayName; no two principals share a name. Roles, groups and administrative units are named by
displayName. Ids are optional lower-case GUIDs; the seeder derives those not given.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Final

import msgspec

from timebound.domain.first_party import AZURE_SCOPE
from timebound.domain.policies.enablement import Enablement
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant, Window

Name = Annotated[str, msgspec.Meta(min_length=1)]

_AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]
_LONGEST = timedelta(days=36500)


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What all shapes have in common: camelCase names, nothing unknown, never changed."""


class ApplicationKind(Enum):
    """Whether an application can keep a secret: a server can, a program or a page cannot."""

    CONFIDENTIAL = "confidential"
    PUBLIC = "public"
    SPA = "spa"

    @property
    def platform(self) -> str:
        """Under which name its redirect URIs are registered."""
        return {"confidential": "web", "public": "publicClient"}.get(self.value, self.value)


class GroupAccess(Enum):
    """The two things that can be held in a group."""

    MEMBER = "member"
    OWNER = "owner"


class ManagementGroupSeed(Shape, frozen=True):
    """A management group of Azure, in another one or else in the tenant's own."""

    name: Name
    display_name: Name | None = None
    parent: Name | None = None


class SubscriptionSeed(Shape, frozen=True):
    """An Azure subscription; the first is the one the connection file names.

    It lies in the management group that is named, or else in the tenant's own.
    """

    id: str
    display_name: Name
    management_group: Name | None = None


class ResourceSeed(Shape, frozen=True):
    """A resource of Azure; one in another resource has both types and both names, with slashes."""

    type: Name
    name: Name
    location: Name | None = None
    tags: dict[str, str] = {}
    properties: dict[str, Any] = {}


class ResourceGroupSeed(Shape, frozen=True):
    """A resource group with what is in it; `subscription` is an id or a displayName."""

    name: Name
    subscription: Name
    location: Name
    tags: dict[str, str] = {}
    resources: tuple[ResourceSeed, ...] = ()


class TenantSeed(Shape, frozen=True):
    """The organization; `domains` are its verified domains, the first is its default."""

    id: str
    display_name: Name
    domains: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    subscriptions: tuple[SubscriptionSeed, ...] = ()


class UserSeed(Shape, frozen=True):
    """A person; one without a password cannot sign in, a mail not given is the principal name."""

    user_principal_name: Name
    display_name: Name
    id: str | None = None
    password: Name | None = None
    mail: Name | None = None
    job_title: Name | None = None
    department: Name | None = None
    account_enabled: bool = True


class GroupSeed(Shape, frozen=True):
    """A security group with its permanent members and owners (any kind of principal)."""

    display_name: Name
    id: str | None = None
    description: str | None = None
    is_assignable_to_role: bool = False
    members: tuple[Name, ...] = ()
    owners: tuple[Name, ...] = ()


class AdministrativeUnitSeed(Shape, frozen=True):
    """A part of the directory that a role can be limited to; its members are users and groups."""

    display_name: Name
    id: str | None = None
    description: str | None = None
    members: tuple[Name, ...] = ()


AZURE_NAME: Final = f"https://management.azure.com/{AZURE_SCOPE}"
"""What applications ask for to act for people with Azure Resource Manager."""


class PermissionsSeed(Shape, frozen=True):
    """Graph permissions granted to an application, by value, with consent for the whole tenant.

    Among the delegated ones may be that of Azure Resource Manager, by its whole name.
    """

    application: tuple[Name, ...] = ()
    delegated: tuple[Name, ...] = ()


class ApplicationSeed(Shape, frozen=True):
    """An application with its service principal: `id` is the service principal's object id.

    `certificates` are PEM texts, of which nothing is secret.
    """

    display_name: Name
    kind: ApplicationKind
    app_id: str | None = None
    id: str | None = None
    client_secret: Name | None = None
    certificates: tuple[Name, ...] = ()
    redirect_uris: tuple[Name, ...] = ()
    permissions: PermissionsSeed = PermissionsSeed()


class RoleSeed(Shape, frozen=True):
    """A custom directory role."""

    display_name: Name
    actions: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    id: str | None = None
    description: str | None = None


class HoldingSeed(Shape, frozen=True):
    """Something a principal holds or is eligible for: a role, or access to a group.

    `role` or `group` is given, never both. A directory role is held in the whole tenant unless it
    names an `administrative_unit` or a single `application`; with a `scope`, a path in the tree of
    Azure, the role is one of Azure's. Without `start` it begins when the tenant is
    seeded, without `end` it never ends; both are an instant or a duration counted from seeding.
    """

    principal: Name
    role: Name | None = None
    group: Name | None = None
    access: GroupAccess = GroupAccess.MEMBER
    administrative_unit: Name | None = None
    application: Name | None = None
    scope: Name | None = None
    start: str | None = None
    end: str | None = None
    justification: str | None = None

    def window(self, seeded_at: Instant) -> Window:
        """When it is held in a tenant seeded at `seeded_at`."""
        return Window(
            seeded_at if self.start is None else resolve_moment(self.start, seeded_at),
            ENDLESS if self.end is None else resolve_moment(self.end, seeded_at),
        )


class ActivationRules(Shape, frozen=True):
    """What an activation has to bring; what is left out keeps the default of its role.

    Naming `approvers` (users or groups) makes every activation wait for one of them; an empty list
    leaves the decision to the administrators of the directory.
    """

    maximum_duration: timedelta | None = None
    requires: tuple[Enablement, ...] | None = None
    authentication_context: str | None = None
    approvers: tuple[Name, ...] | None = None


class HoldingRules(Shape, frozen=True):
    """What an administrator's assignment has to bring; what is left out keeps its default."""

    is_expiration_required: bool | None = None
    maximum_duration: timedelta | None = None
    requires: tuple[Enablement, ...] | None = None


class PolicySeed(Shape, frozen=True):
    """The rules of one directory role, or of one kind of access to one group, where they differ."""

    role: Name | None = None
    group: Name | None = None
    access: GroupAccess = GroupAccess.MEMBER
    activation: ActivationRules = ActivationRules()
    eligibility: HoldingRules = HoldingRules()
    assignment: HoldingRules = HoldingRules()


class Seed(Shape, frozen=True):
    """A whole tenant as it is before anybody has asked for anything."""

    tenant: TenantSeed
    users: tuple[UserSeed, ...] = ()
    groups: tuple[GroupSeed, ...] = ()
    administrative_units: tuple[AdministrativeUnitSeed, ...] = ()
    applications: tuple[ApplicationSeed, ...] = ()
    management_groups: tuple[ManagementGroupSeed, ...] = ()
    resource_groups: tuple[ResourceGroupSeed, ...] = ()
    role_definitions: tuple[RoleSeed, ...] = ()
    eligibilities: tuple[HoldingSeed, ...] = ()
    assignments: tuple[HoldingSeed, ...] = ()
    policies: tuple[PolicySeed, ...] = ()
    settings: TenantSettings = TenantSettings()

    def principal_names(self) -> Iterator[str]:
        """Every name that a principal is referred to by."""
        yield from (user.user_principal_name for user in self.users)
        yield from (group.display_name for group in self.groups)
        yield from (application.display_name for application in self.applications)


def resolve_moment(text: str, seeded_at: Instant) -> Instant:
    """The instant that `text` means: an instant with an offset, or a duration from `seeded_at`.

    Durations are ISO 8601 in days, hours, minutes and seconds, before the seeding with a minus.
    Raises ValueError for anything else.
    """
    if not is_duration(text):
        return msgspec.convert(text, _AwareDatetime).astimezone(UTC)
    span = msgspec.convert(text, timedelta)
    if abs(span) > _LONGEST:
        raise ValueError("a duration longer than a century")
    return seeded_at + span


def is_duration(text: str) -> bool:
    """Whether `text` is meant as a duration rather than as an instant."""
    return text.lstrip("+-").upper().startswith("P")
