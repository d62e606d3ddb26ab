"""What the use cases need of the world outside: a clock, ids, and a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.audit_ports import AuditLists, AuditStore, Trail
from timebound.application.azure_stores import AzureGround, AzureStore
from timebound.application.bundle_ports import BundleLists, BundleStore
from timebound.application.changes import ChangeSet, FactKey
from timebound.application.check_ports import CheckStore
from timebound.application.due_ports import DueStore
from timebound.application.extension_ports import EvaluationStore, ExtensionStore
from timebound.application.factor_ports import FactorStore
from timebound.application.federation_ports import FederationStore
from timebound.application.mark_ports import MarkStore
from timebound.application.outbox_ports import OutboxStore
from timebound.application.own_sign_in_ports import OwnSignInStore
from timebound.application.policy_ports import PolicyStore
from timebound.application.policy_run_ports import PolicyRunStore
from timebound.application.queries import Page, Query
from timebound.application.relations import DirectoryStore
from timebound.application.role_ports import AssignedStore, RoleStore
from timebound.application.sign_in_log_ports import SignInLists, SignInLogStore, SignInNotes
from timebound.application.sign_in_ports import SignInStore
from timebound.application.target_ports import TargetStore
from timebound.application.tokens import TokenVerifier
from timebound.application.tracking_ports import TrackingStore
from timebound.application.upkeep_ports import UpkeepStore
from timebound.application.views import Audience, GrantRow, View
from timebound.domain.authority import Caller, Token
from timebound.domain.directory import DirectoryObject
from timebound.domain.directory_changes import Names
from timebound.domain.due import Due
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.requests import Request
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant


class Clock(Protocol):
    """Tells the instant; nothing else does."""

    def now(self) -> Instant:
        """The current instant, never earlier than one told before."""
        ...


class IdSource(Protocol):
    """Makes identifiers; nothing else does."""

    def new_id(self) -> str:
        """A new GUID in lower-case text."""
        ...

    def derive_id(self, *names: str) -> str:
        """The one GUID that a sequence of names leads to, always the same."""
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """Facts with the versions of everything they rest on, read before them."""

    facts: Facts
    versions: Mapping[FactKey, int]


@dataclass(frozen=True, slots=True)
class LoadedPrincipal:
    """The facts about one principal with the versions of everything they rest on."""

    facts: PrincipalFacts
    versions: Mapping[FactKey, int]


@dataclass(frozen=True, slots=True)
class LoadedNames:
    """Whose some names are, with their versions."""

    names: Names
    versions: Mapping[FactKey, int]


@dataclass(frozen=True, slots=True)
class LoadedGrants:
    """Grants with the versions of those who hold them."""

    grants: tuple[Grant, ...]
    versions: Mapping[FactKey, int]


class SecretKeeper(Protocol):
    """Makes secrets, and turns them into what may be kept."""

    def new_secret(self) -> str:
        """A secret that nobody can foresee."""
        ...

    async def seal(self, secret: str) -> str:
        """The hash to keep."""
        ...

    async def matches(self, secret: str, hashes: Sequence[str]) -> bool:
        """Whether the secret is one of those that were hashed."""
        ...

    async def is_refused(self, password: str) -> bool:
        """Whether a password is on a list of those that are tried first."""
        ...


class Possession(Protocol):
    """Judges whether whoever asks has the key of a certificate that an object keeps."""

    def proves(self, proof: str, found: DirectoryObject) -> bool:
        """Whether the proof is signed by such a key, speaks of the object, and counts now."""
        ...


class DecisionStore(
    RoleStore, BundleStore, PolicyStore, ExtensionStore, AzureGround, TargetStore, Protocol
):
    """Loads what a decision needs and applies what it comes to."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """Everything about one slot, its principal, its policy and the caller, as of `at`.

        A caller that is unknown or disabled comes back with `is_enabled` false and nothing held.
        Work grows with what the slot and the principal hold, never with the tenant.
        """
        ...

    async def load_principal_facts(
        self, token: Token, principal_id: PrincipalId, at: Instant
    ) -> LoadedPrincipal:
        """Everything about one principal and the caller, as of `at`; `object` none if unknown.

        Administrators are always loaded. The versions are those of the administrators, of the
        caller, of the principal, and of every principal that holds one of the grants or dependents.
        """
        ...

    async def load_names(
        self,
        tenant_id: TenantId,
        user_names: Sequence[str],
        application_ids: Sequence[ApplicationId],
    ) -> LoadedNames:
        """The live objects that have these names, in any casing, and which domains are verified."""
        ...

    async def load_scoped_grants(
        self, tenant_id: TenantId, object_id: PrincipalId, at: Instant
    ) -> LoadedGrants:
        """The directory roles held, now or ahead, over one object or one administrative unit."""
        ...

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """One request."""
        ...

    async def is_named(self, tenant_id: TenantId, name: str) -> bool:
        """Whether a request or a grant, in force or not, has this id."""
        ...

    async def find_open_due(self, tenant_id: TenantId, due: Sequence[Due]) -> frozenset[Due]:
        """Which of these are still to be done, given up or not."""
        ...

    async def apply(self, change: ChangeSet) -> bool:
        """Applies the change set durably and whole; False on a conflict, with nothing written."""
        ...


class ReadingStore(
    DirectoryStore,
    AssignedStore,
    BundleLists,
    TrackingStore,
    AuditLists,
    SignInLists,
    PolicyStore,
    ExtensionStore,
    AzureStore,
    MarkStore,
    TargetStore,
    Protocol,
):
    """Answers questions about what is held and asked, page by page."""

    async def load_caller(self, token: Token, at: Instant) -> Caller:
        """The bearer of a token: enabled or not, permissions granted, roles in force at `at`."""
        ...

    async def load_settings(self, tenant_id: TenantId) -> TenantSettings:
        """The settings of a tenant."""
        ...

    async def read_grants(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> Page[GrantRow]:
        """A page of schedules, instances or role assignments as they stand at `at`."""
        ...

    async def read_requests(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> Page[Request]:
        """A page of requests, with the status they have at `at`."""
        ...

    async def read_roles(
        self,
        tenant_id: TenantId,
        query: Query,
        kind: ScopeKind = ScopeKind.DIRECTORY,
        *,
        are_deleted: bool = False,
    ) -> Page[RoleDefinition]:
        """A page of the role definitions of a kind, or of those that were deleted."""
        ...

    async def read_objects(
        self, tenant_id: TenantId, view: View, query: Query
    ) -> Page[DirectoryObject]:
        """A page of users, groups, service principals or units; deleted ones are left out."""
        ...

    async def find_roles(
        self, tenant_id: TenantId, ids: Sequence[RoleId]
    ) -> Mapping[RoleId, RoleDefinition]:
        """The role definitions with these ids, by id."""
        ...

    async def find_grants(
        self, tenant_id: TenantId, ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        """The grants with these ids, by id, whether in force or not."""
        ...


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """A tenant as the authorization server knows it."""

    id: TenantId
    display_name: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """Whose secret is checked, and its hashes (argon2 encoded)."""

    owner: DirectoryObject
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A signing key as it is kept: its id, and its private part encrypted under the master key.

    It is published from `created_at` on, and signs from `begins_at` on.
    """

    id: str
    sealed: bytes
    created_at: Instant
    algorithm: str
    begins_at: Instant


class IdentityStore(Protocol):
    """What the authorization server reads and keeps."""

    async def find_tenant(self, id_or_domain: str) -> TenantRecord | None:
        """A tenant by id or verified domain, in any casing."""
        ...

    async def sole_tenant(self) -> TenantRecord | None:
        """The only tenant, for `common` and `organizations`; none if there are several."""
        ...

    async def find_application(
        self, tenant_id: TenantId, application_id: ApplicationId, at: Instant
    ) -> SecretRecord | None:
        """The service principal of an application with the hashes of secrets that count at `at`."""
        ...

    async def find_user(self, tenant_id: TenantId, name: str) -> SecretRecord | None:
        """A person by user principal name, in any casing, with the hash of their password."""
        ...

    async def granted_permissions(
        self, tenant_id: TenantId, application_id: ApplicationId, *, is_delegated: bool
    ) -> frozenset[str]:
        """The permissions granted to an application now."""
        ...

    async def effective_role_ids(
        self, tenant_id: TenantId, principal_id: PrincipalId, at: Instant
    ) -> tuple[RoleId, ...]:
        """The directory roles in force for a principal at `at`, sorted; for the `wids` claim."""
        ...

    async def first_role_end(
        self, tenant_id: TenantId, principal_id: PrincipalId, at: Instant
    ) -> Instant:
        """When the first of the roles in force at `at` is held no more, as far as is planned."""
        ...

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, newest first."""
        ...

    async def add_signing_key(self, key: SigningKey) -> None:
        """Keeps a new key; nothing happens if another server has added one with the same id."""
        ...

    async def remove_signing_key(self, key_id: str) -> None:
        """Forgets a key that nothing is verified with any more."""
        ...

    async def find_programs(
        self, tenant_id: TenantId, application_ids: Sequence[ApplicationId]
    ) -> tuple[DirectoryObject, ...]:
        """The applications, then the service principals of application ids, as far as they live."""
        ...

    async def use_assertion(
        self, tenant_id: TenantId, key: str, at: Instant, ends_at: Instant
    ) -> bool:
        """Notes a client assertion until it ends: true for exactly one of however many show it."""
        ...


class Store(
    DecisionStore,
    ReadingStore,
    IdentityStore,
    SignInStore,
    OwnSignInStore,
    FederationStore,
    FactorStore,
    CheckStore,
    OutboxStore,
    UpkeepStore,
    DueStore,
    EvaluationStore,
    AuditStore,
    SignInLogStore,
    PolicyRunStore,
    Protocol,
):
    """Everything a store answers."""

    async def open(self) -> None:
        """Connects; the schema must be current."""
        ...

    async def close(self) -> None:
        """Finishes what is under way and disconnects."""
        ...

    async def is_ready(self) -> bool:
        """Whether the database answers."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What the composition root hands to every door.

    A door finds in `scope["state"]` of each request what the edge has settled: `request_id`,
    `client_request_id` and `origin` (scheme and host of the configured origin that was addressed,
    for absolute URLs). It may leave there an `operation`, the name that metrics and logs use.
    """

    store: Store
    clock: Clock
    system: Clock
    """What sign-ins and tokens live by; the other can be moved in an emulator."""
    ids: IdSource
    tokens: TokenVerifier
    secrets: SecretKeeper
    possession: Possession
    trail: Trail
    sign_ins: SignInNotes
    has_loopback: bool = False
    """Whether custom extensions may be on the machine itself, without TLS."""
