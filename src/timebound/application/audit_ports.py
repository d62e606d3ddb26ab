"""The audit log as it is kept and read: records with the names that everything had then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from timebound.application.queries import Page, Query
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant

BEGINNING: Final = -1
"""Where the log has been followed to, before anything has been."""


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A property that was changed."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class KeptTarget:
    """A resource that an activity was about, with the names it had."""

    type: str
    id: str | None
    name: str | None = None
    user_principal_name: str | None = None
    changes: tuple[KeptChange, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptInitiator:
    """Who caused an activity: a person, or else an application with its account."""

    is_application: bool
    id: str | None
    name: str | None = None
    user_principal_name: str | None = None
    account_id: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class KeptAudit:
    """A record of the audit log."""

    id: str
    event_id: str
    at: Instant
    activity: str
    category: str
    service: str
    operation: str
    result: str
    reason: str | None
    correlation_id: str
    initiator: KeptInitiator
    targets: tuple[KeptTarget, ...]
    details: tuple[tuple[str, str], ...]


class AuditLists(Protocol):
    """Tells of the records page by page."""

    async def read_audits(self, tenant_id: TenantId, query: Query) -> Page[KeptAudit]:
        """A page of the records."""
        ...


class Trail(Protocol):
    """Keeps up with what is committed, for those who read their own writes."""

    async def catch_up(self, tenant_id: TenantId, at: Instant) -> bool:
        """Makes the records of what a tenant has committed until now; False if that was too much.

        Whoever asks again comes further.
        """
        ...


class AuditStore(AuditLists, Protocol):
    """Keeps the records, and how far the log has been followed for them."""

    async def audited_to(self, tenant_id: TenantId) -> int:
        """The place of the last event whose records are there; BEGINNING if none are."""
        ...

    async def add_audits(
        self, tenant_id: TenantId, records: Sequence[KeptAudit], position: int | None
    ) -> bool:
        """Keeps the records of the events up to a place, together with the place.

        Without one they are of events that were passed before, and no place is moved.
        What is there already stays as it is: several may follow the log at once. False, with
        nothing kept, where they came in each other's way.
        """
        ...

    async def find_audits(self, tenant_id: TenantId, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that there are records with."""
        ...
