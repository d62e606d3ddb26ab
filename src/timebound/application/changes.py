"""Change sets: what a use case hands the store to be applied whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType, TypeAlias

from timebound.application.azure_writes import AzureWrite
from timebound.application.extension_writes import PutExtension
from timebound.application.factor_ports import Factor
from timebound.application.policy_run_writes import FinishRunItem, PutPolicyRun
from timebound.domain.bundles import RoleBundle
from timebound.domain.directory import DirectoryObject
from timebound.domain.due import Due
from timebound.domain.events import Event
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.policies import Policy
from timebound.domain.policy_places import Modified
from timebound.domain.requests import Request
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant

FactKey = NewType("FactKey", str)
"""Names a fact that decisions rest on; every change of the fact raises its version."""

ADMINISTRATORS = FactKey("administrators")
TENANT = FactKey("tenant")
AZURE = FactKey("azure")
"""What decides what roles give in Azure and seldom changes: its tree, custom roles, denials."""


def principal_key(principal_id: str) -> FactKey:
    """A principal: its state, and everything it holds or asks for."""
    return FactKey(f"principal/{principal_id}")


def standing_key(principal_id: str) -> FactKey:
    """What others have activated on the strength of what a principal holds, memberships included.

    An activation through a group raises it without expecting it: activations do not disturb one
    another, only whoever takes away what they stand on, and has to know all that stands there.
    """
    return FactKey(f"standing/{principal_id}")


def application_key(application_id: ApplicationId) -> FactKey:
    """What an application is permitted: whoever grants or revokes a permission raises it."""
    return FactKey(f"application/{application_id}")


def name_key(name: str) -> FactKey:
    """Whose a user principal name or an application id is: of two that take it one conflicts."""
    return FactKey(f"name/{name.lower()}")


def named_key(name: str) -> FactKey:
    """Whether a client has named a request or an assignment so: of two that do one conflicts."""
    return FactKey(f"named/{name}")


def policy_key(scope: Scope, role_id: RoleId) -> FactKey:
    """The policy of a role at a scope."""
    return FactKey(f"policy/{scope.kind.value}/{scope.path}/{role_id}")


def role_key(role_id: RoleId) -> FactKey:
    """A role definition."""
    return FactKey(f"role/{role_id}")


def role_use_key(role_id: RoleId) -> FactKey:
    """Who holds a custom role: raised without being expected, but by whoever deletes the role."""
    return FactKey(f"use/{role_id}")


def bundle_key(bundle_id: str) -> FactKey:
    """An assignment of a provider: whom it names, and what it gives them."""
    return FactKey(f"bundle/{bundle_id}")


def roles_key(kind: ScopeKind) -> FactKey:
    """Which custom roles of a kind there are: their names and their number."""
    return FactKey(f"roles/{kind.value}")


@dataclass(frozen=True, slots=True)
class InsertRequest:
    """A new request, with a snapshot of the policy it was judged by."""

    request: Request
    policy: Policy


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """A request that came to something: its status, completion, grant, start and approval."""

    request: Request


@dataclass(frozen=True, slots=True)
class InsertGrant:
    """A new grant."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class EndGrant:
    """A grant that ends at `at`, earlier than planned."""

    grant_id: GrantId
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class FinishDue:
    """Something that fell due and is done; a conflict where it is not open any more."""

    due: Due


@dataclass(frozen=True, slots=True)
class EndKinds:
    """All grants of the kinds that end at `at` unless they end earlier, as with a licence."""

    kinds: tuple[GrantKind, ...]
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class PutPolicy:
    """A policy that differs from the defaults; without `modified` nobody has changed it."""

    scope: Scope
    role_id: RoleId
    policy: Policy
    modified: Modified | None = None


@dataclass(frozen=True, slots=True)
class PutObject:
    """A directory object, new or changed."""

    object: DirectoryObject


@dataclass(frozen=True, slots=True)
class TouchObject:
    """A directory object of which something changed that is kept elsewhere: its members."""

    object_id: PrincipalId


@dataclass(frozen=True, slots=True)
class PurgeObject:
    """A deleted object that is removed for ever, with its names, secrets, owners and units."""

    object_id: PrincipalId


@dataclass(frozen=True, slots=True)
class AddUnitMember:
    """A principal inside an administrative unit."""

    unit_id: PrincipalId
    member_id: PrincipalId


@dataclass(frozen=True, slots=True)
class RemoveUnitMember:
    """A principal that is not in an administrative unit any more."""

    unit_id: PrincipalId
    member_id: PrincipalId


@dataclass(frozen=True, slots=True)
class AddOwner:
    """A principal that owns an application or a service principal; owners of groups have grants."""

    object_id: PrincipalId
    owner_id: PrincipalId


@dataclass(frozen=True, slots=True)
class RemoveOwner:
    """A principal that does not own it any more."""

    object_id: PrincipalId
    owner_id: PrincipalId


@dataclass(frozen=True, slots=True)
class PutRole:
    """A role definition, new or changed."""

    definition: RoleDefinition


@dataclass(frozen=True, slots=True)
class PurgeRole:
    """A role definition that is gone for good."""

    role_id: RoleId


@dataclass(frozen=True, slots=True)
class PutBundle:
    """Roles assigned together, new or changed."""

    bundle: RoleBundle


@dataclass(frozen=True, slots=True)
class PutTenant:
    """A tenant with its domains and settings."""

    display_name: str
    domains: tuple[str, ...]
    settings: TenantSettings
    defaults_version: int = 1


@dataclass(frozen=True, slots=True)
class PutSecret:
    """A hashed secret of a person (password) or an application (client secret).

    A client secret has a key; it counts from `start_at` until `end_at`, without one from the
    beginning or for ever.
    """

    owner_id: PrincipalId
    kind: str
    hash: str
    key_id: str | None = None
    start_at: Instant | None = None
    end_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PutIdentityLink:
    """A person is a subject of another issuer, by which they are known when they come back."""

    issuer: str
    subject: str
    user_id: PrincipalId


@dataclass(frozen=True, slots=True)
class RemoveIdentityLink:
    """A person is no subject of an issuer any more."""

    issuer: str
    user_id: PrincipalId


@dataclass(frozen=True, slots=True)
class RemoveSecret:
    """A client secret that counts no more."""

    owner_id: PrincipalId
    key_id: str


@dataclass(frozen=True, slots=True)
class RemoveSecrets:
    """The end of every client secret that an application had before this change set."""

    application_id: ApplicationId


@dataclass(frozen=True, slots=True)
class GrantPermission:
    """A permission granted to an application: to itself, or to act for people (`is_delegated`).

    What grants it to an application that may be at work already bumps the `application_key`.
    """

    application_id: ApplicationId
    permission: str
    is_delegated: bool


@dataclass(frozen=True, slots=True)
class RevokePermission:
    """A permission that is granted no more."""

    application_id: ApplicationId
    permission: str
    is_delegated: bool


@dataclass(frozen=True, slots=True)
class PutFactor:
    """A factor that a person has from now on."""

    factor: Factor


@dataclass(frozen=True, slots=True)
class RemoveFactor:
    """A factor that a person has no more."""

    user_id: PrincipalId
    factor_id: str


@dataclass(frozen=True, slots=True)
class EndSignIns:
    """The end of every session of a person, and of everything that applications were given."""

    user_id: PrincipalId


@dataclass(frozen=True, slots=True)
class GrantConsent:
    """A permission that a person lets an application have on their own behalf."""

    user_id: PrincipalId
    application_id: ApplicationId
    permission: str


@dataclass(frozen=True, slots=True)
class RevokeConsent:
    """A permission that an application has on behalf of a person no more."""

    user_id: PrincipalId
    application_id: ApplicationId
    permission: str


@dataclass(frozen=True, slots=True)
class EndConsents:
    """All that applications have on behalf of a person, or that an application has of anybody."""

    holder: PrincipalId | ApplicationId
    is_application: bool


Write: TypeAlias = (
    InsertRequest
    | UpdateRequest
    | InsertGrant
    | EndGrant
    | FinishDue
    | EndKinds
    | PutPolicy
    | PutPolicyRun
    | PutExtension
    | FinishRunItem
    | PutObject
    | TouchObject
    | PurgeObject
    | AddUnitMember
    | RemoveUnitMember
    | AddOwner
    | RemoveOwner
    | PutRole
    | PurgeRole
    | PutBundle
    | AzureWrite
    | PutTenant
    | RemoveSecrets
    | PutSecret
    | PutIdentityLink
    | RemoveIdentityLink
    | RemoveSecret
    | RemoveFactor
    | PutFactor
    | EndSignIns
    | EndConsents
    | RevokeConsent
    | GrantConsent
    | GrantPermission
    | RevokePermission
)


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Applied whole, or answered as a conflict when a version in `expects` is not current any more.

    `bumps` are the facts that the writes change. Where one is in `expects` as well, two change sets
    can never both be applied on the same version; where it is not, only those that expect it mind.
    """

    tenant_id: TenantId
    recorded_at: Instant
    expects: Mapping[FactKey, int]
    bumps: frozenset[FactKey]
    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = field(default_factory=tuple)
