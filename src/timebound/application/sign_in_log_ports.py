"""The sign-in log: who came to which application, and how that went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final, Protocol

from timebound.application.queries import Page, Query
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant

KEPT_FOR: Final = timedelta(days=30)
"""How long it is kept. Source: Microsoft's data retention, sign-ins with a licence."""


class SignInKind(Enum):
    """The categories of sign-ins, by their published names."""

    INTERACTIVE = "interactiveUser"
    REFRESHED = "nonInteractiveUser"
    APPLICATION = "servicePrincipal"


@dataclass(frozen=True, slots=True)
class SentFrom:
    """Where a sign-in came from: the address, what the client says it is, and its own id of it."""

    address: str = ""
    agent: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in as it has just succeeded or failed; never with anything secret.

    `name` is what somebody typed, where it is not known who they are: it may be a password, and is
    kept only where it could be a name. A `fault` of 0 is a success; `reason` says what the fault
    is, in words of our own.
    """

    tenant_id: TenantId
    at: Instant
    kind: SignInKind
    sent_from: SentFrom
    app_id: ApplicationId | None
    user_id: PrincipalId | None = None
    name: str = ""
    resource_id: str | None = None
    methods: tuple[str, ...] = ()
    protocol: str = "none"
    client: str = "Browser"
    credential: str = "none"
    fault: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeptSignIn:
    """A sign-in as it is kept, with the names that everything had then."""

    id: str
    at: Instant
    kind: str
    address: str
    agent: str
    correlation_id: str
    app_id: str | None
    app_name: str | None
    account_id: str | None
    user_id: str | None
    user_name: str | None
    user_principal_name: str | None
    resource_id: str | None
    resource_name: str | None
    methods: tuple[str, ...]
    protocol: str
    client: str
    credential: str
    fault: int
    reason: str


class SignInSink(Protocol):
    """Is told of sign-ins by those who judge them, and holds up nobody."""

    def note(self, attempt: Attempt) -> None:
        """Takes a sign-in; it is kept a moment later, off the way of whoever signs in."""
        ...


class _Unwatched:
    """Keeps nothing: for those who try out single parts."""

    def note(self, attempt: Attempt) -> None:
        """Forgets it."""


UNWATCHED: Final[SignInSink] = _Unwatched()


class SignInNotes(Protocol):
    """Has sign-ins that are not kept yet."""

    async def flush(self) -> None:
        """Keeps what has been noted until now."""
        ...


class SignInLists(Protocol):
    """Tells of sign-ins page by page."""

    async def read_sign_ins(self, tenant_id: TenantId, query: Query) -> Page[KeptSignIn]:
        """A page of the sign-ins."""
        ...


class SignInLogStore(SignInLists, Protocol):
    """Keeps sign-ins."""

    async def add_sign_ins(self, tenant_id: TenantId, kept: Sequence[KeptSignIn]) -> None:
        """Keeps some, all or none."""
        ...

    async def forget_sign_ins(self, tenant_id: TenantId, before: Instant) -> None:
        """Forgets those before an instant."""
        ...
