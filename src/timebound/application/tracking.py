"""What has changed since an instant: objects of the directory, their members, role assignments.

A change is told by the instant at which it was decided, and may be committed a little later. So
what is asked begins a margin before the instant that was told last: some changes are told twice,
none is missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from timebound.application.queries import Page, Query
from timebound.application.reading import Reader
from timebound.application.tracking_ports import MemberChange, Span
from timebound.application.views import GrantRow, Relation, View
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind

MARGIN: Final = timedelta(minutes=1)
"""Longer than a change takes from its decision to its commit."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """Who asks for changes, and of which span."""

    reader: Reader
    span: Span

    @property
    def _wide(self) -> Span:
        since = self.span.since
        return Span(None if since is None else since - MARGIN, self.span.at)

    async def read_objects(self, view: View, query: Query) -> Page[DirectoryObject] | Refused:
        """The objects that were changed, deleted ones too; at first all that are there."""
        caller = await self.reader.admit(view, Relation.ANYBODY)
        if isinstance(caller, Refused):
            return caller
        store, tenant_id = self.reader.store, self.reader.token.tenant_id
        if self.span.since is None:
            return await store.read_objects(tenant_id, view, query)
        return await store.read_changed(tenant_id, KINDS[view], self._wide, query)

    async def read_regrouped(self, query: Query) -> Page[DirectoryObject] | Refused:
        """The groups that nobody changed, but whose memberships began or ended."""
        caller = await self.reader.admit(View.GROUPS, Relation.ANYBODY)
        if isinstance(caller, Refused):
            return caller
        return await self.reader.store.read_regrouped(
            self.reader.token.tenant_id, self._wide, query
        )

    async def read_purged(self, view: View, query: Query) -> Page[str] | Refused:
        """The ids of what was removed for good."""
        caller = await self.reader.admit(view, Relation.ANYBODY)
        if isinstance(caller, Refused):
            return caller
        return await self.reader.store.read_purged(
            self.reader.token.tenant_id, KINDS[view], self._wide, query
        )

    async def find_members(self, groups: Sequence[DirectoryObject]) -> Sequence[MemberChange]:
        """Who came into groups that may be read, or left them."""
        ids = [group.id for group in groups if group.deleted_at is None]
        if not ids:
            return ()
        return await self.reader.store.find_member_changes(
            self.reader.token.tenant_id, ids, self._wide
        )

    async def read_assignments(self, query: Query, *, are_ended: bool) -> Page[GrantRow] | Refused:
        """The role assignments of the directory that began and stand, or that stand no more."""
        caller = await self.reader.admit(View.ROLE_ASSIGNMENTS, Relation.ANYBODY)
        if isinstance(caller, Refused):
            return caller
        delay = caller.settings.propagation_delay
        wide = self._wide
        since = None if wide.since is None else wide.since - delay
        return await self.reader.store.read_assignment_changes(
            self.reader.token.tenant_id, Span(since, wide.at - delay), query, are_ended=are_ended
        )


KINDS: Final = {View.USERS: ObjectKind.USER, View.GROUPS: ObjectKind.GROUP}
"""The lists whose changes are told."""
