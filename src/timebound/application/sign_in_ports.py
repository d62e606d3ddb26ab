"""What the interactive part of the authorization server keeps: sessions, codes, devices, consents.

Of secrets only fingerprints are kept: `key` is always one. Everything here ends by the system's
clock; `at` is an instant of it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, when, and with what; `proof` stands for what that rests on as it was then."""

    user_id: PrincipalId
    at: Instant
    methods: tuple[str, ...]
    proof: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is signed in: until `idle_at` unless used, `ends_at` at most."""

    tenant_id: TenantId
    key: str
    who: SignedIn
    idle_at: Instant
    ends_at: Instant
    is_remembered: bool

    def is_alive(self, at: Instant) -> bool:
        """Whether it still counts."""
        return at < self.idle_at and at < self.ends_at


@dataclass(frozen=True, slots=True)
class Family:
    """What one sign-in gave one application: its code and all the refresh tokens that follow.

    `ends_at` is absolute: no use of a refresh token moves it. What an API got on somebody's behalf
    has a `parent_id`: the family of the token that it showed, with which it ends. `generation` is
    how many it so came of, one after the other.
    """

    tenant_id: TenantId
    id: str
    application_id: ApplicationId
    who: SignedIn
    ends_at: Instant
    is_revoked: bool = False
    parent_id: str | None = None
    generation: int = 0


class OnceKind(Enum):
    """The secrets that work once."""

    CODE = "code"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Once:
    """A secret that works once: a code or a refresh token of a family, and what it stands for."""

    kind: OnceKind
    key: str
    family_id: str
    details: str
    ends_at: Instant


class DeviceState(Enum):
    """How far a sign-in on another device has come."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class DeviceAsk:
    """A device that waits for somebody to sign in elsewhere; `details` are those of its request."""

    tenant_id: TenantId
    key: str
    user_key: str
    application_id: ApplicationId
    details: str
    ends_at: Instant
    polled_at: Instant
    state: DeviceState = DeviceState.WAITING
    family_id: str | None = None


class SignInStore(Protocol):
    """Keeps what lies between a sign-in and its tokens."""

    async def find_registration(
        self, tenant_id: TenantId, application_id: ApplicationId
    ) -> DirectoryObject | None:
        """The application object of the tenant with this application id."""
        ...

    async def add_session(self, session: Session) -> None:
        """Keeps a session; those that are over are forgotten."""
        ...

    async def find_session(self, tenant_id: TenantId, key: str) -> Session | None:
        """The session, whether it still counts or not."""
        ...

    async def prolong_session(self, session: Session) -> None:
        """Writes when the session is idle."""
        ...

    async def end_session(self, tenant_id: TenantId, key: str) -> None:
        """Forgets a session."""
        ...

    async def add_family(self, family: Family, first: Once | None) -> None:
        """Keeps a family and its first secret; what is over is forgotten."""
        ...

    async def find_family(self, tenant_id: TenantId, family_id: str) -> Family | None:
        """The family, revoked or not; one is revoked as well where one that it came of is."""
        ...

    async def revoke_family(self, tenant_id: TenantId, family_id: str) -> None:
        """Makes every secret of a family useless, and of all that came of it."""
        ...

    async def add_once(self, tenant_id: TenantId, once: Once) -> None:
        """Keeps one more secret of a family."""
        ...

    async def find_once(self, tenant_id: TenantId, key: str, kind: OnceKind) -> Once | None:
        """What a secret stands for, used or not."""
        ...

    async def use_once(self, tenant_id: TenantId, key: str, at: Instant) -> bool:
        """Uses a secret: true for exactly one of however many ask, and for none once it is over."""
        ...

    async def add_device(self, ask: DeviceAsk) -> None:
        """Keeps the request of a device; those that are over are forgotten."""
        ...

    async def find_device(self, tenant_id: TenantId, key: str) -> DeviceAsk | None:
        """The request of a device, by its own code or by the code that people type."""
        ...

    async def poll_device(self, tenant_id: TenantId, key: str, at: Instant) -> None:
        """Writes when a device asked last."""
        ...

    async def settle_device(
        self, tenant_id: TenantId, key: str, state: DeviceState, family_id: str | None
    ) -> bool:
        """Approves or declines what still waits; true for exactly one of those who try."""
        ...

    async def take_device(self, tenant_id: TenantId, key: str) -> bool:
        """Forgets an approved request: true for exactly one of those who try."""
        ...

    async def user_permissions(
        self, tenant_id: TenantId, application_id: ApplicationId, user_id: PrincipalId
    ) -> frozenset[str]:
        """What a person has consented to for themselves."""
        ...
