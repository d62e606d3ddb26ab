"""What the use cases about changes need of a store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.queries import Page, Query
from timebound.application.views import GrantRow
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Span:
    """From when on changes are told (None: everything there is), and as of when."""

    since: Instant | None
    at: Instant


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Somebody who came into a group or left it; what is gone for good has no kind any more."""

    group_id: str
    member_id: str
    kind: ObjectKind | None
    is_removed: bool


class TrackingStore(Protocol):
    """Answers what has changed."""

    async def read_changed(
        self, tenant_id: TenantId, kind: ObjectKind, span: Span, query: Query
    ) -> Page[DirectoryObject]:
        """A page of the objects of a kind that were changed, deleted ones too, by when and id."""
        ...

    async def read_regrouped(
        self, tenant_id: TenantId, span: Span, query: Query
    ) -> Page[DirectoryObject]:
        """A page of the groups that nobody changed, but whose memberships began or ended."""
        ...

    async def read_purged(
        self, tenant_id: TenantId, kind: ObjectKind, span: Span, query: Query
    ) -> Page[str]:
        """A page of the ids of objects that were removed for good."""
        ...

    async def find_member_changes(
        self, tenant_id: TenantId, group_ids: Sequence[str], span: Span
    ) -> Sequence[MemberChange]:
        """Who came into some groups or left them; all who are in them where the span has none."""
        ...

    async def read_assignment_changes(
        self, tenant_id: TenantId, span: Span, query: Query, *, are_ended: bool
    ) -> Page[GrantRow]:
        """A page of the role assignments that began and stand, or of those that stand no more."""
        ...
