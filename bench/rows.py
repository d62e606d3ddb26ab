"""Rows of a tenant in the making, collected by table and written by the store's own row writers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import Table

from timebound.application.changes import principal_key
from timebound.application.recording import slot_facts
from timebound.domain.approvals import Approval
from timebound.domain.directory import DirectoryObject
from timebound.domain.due import due_of_grant, due_of_request
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.grants import Basis, Grant, GrantKind, Slot
from timebound.domain.ids import EventId, GrantId, PrincipalId, RequestId, TenantId
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant, Window
from timebound.server.ids import SeededIds
from timebound.storage.directory_rows import (
    list_names,
    list_words,
    write_event,
    write_object,
)
from timebound.storage.directory_tables import object_names, unit_members
from timebound.storage.due_tables import due_work
from timebound.storage.due_writes import write_due
from timebound.storage.rows import list_approvers, write_grant, write_request
from timebound.storage.statements import Values
from timebound.storage.tables import (
    directory_objects,
    events,
    fact_versions,
    grants,
    request_approvers,
    requests,
)
from timebound.storage.word_tables import object_words

TABLES: Final[Sequence[Table]] = (
    directory_objects,
    object_names,
    object_words,
    unit_members,
    fact_versions,
    grants,
    requests,
    request_approvers,
    events,
    due_work,
)
"""What is written in bulk: what is referred to before what refers to it."""

LASTS: Final = timedelta(hours=8)
"""How long an activation lasts."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Something held through a request: in which slot, how, when, and what it stands on."""

    slot: Slot
    kind: GrantKind
    window: Window
    basis: Basis | None = None
    ended_at: Instant | None = None

    @property
    def request_kind(self) -> RequestKind:
        """What the request was about."""
        is_eligible = self.kind is GrantKind.ELIGIBLE
        return RequestKind.ELIGIBILITY if is_eligible else RequestKind.ASSIGNMENT

    @property
    def action(self) -> Action:
        """What was asked."""
        is_activated = self.kind is GrantKind.ACTIVATED
        return Action.SELF_ACTIVATE if is_activated else Action.ADMIN_ASSIGN


@dataclass(frozen=True, slots=True)
class Writing:
    """What all rows of a tenant share: the tenant, its administrator, its now, ids, policies."""

    tenant_id: TenantId
    administrator_id: PrincipalId
    at: Instant
    ids: SeededIds
    policy: str


@dataclass(slots=True)
class Rows:
    """Rows by table, written together."""

    writing: Writing
    of: dict[Table, list[Values]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def put_object(self, made: DirectoryObject) -> None:
        """A directory object that exists since it was created."""
        tenant_id = self.writing.tenant_id
        row = {**write_object(tenant_id, made), "changed_at": made.created_at}
        self.of[directory_objects].append(row)
        self.of[object_names] += list_names(tenant_id, made)
        self.of[object_words] += list_words(tenant_id, made)
        key = principal_key(made.id)
        self.of[fact_versions].append({"tenant_id": tenant_id, "key": key, "version": 1})

    def put_unit_member(self, unit_id: PrincipalId, member_id: PrincipalId) -> None:
        """A member of an administrative unit."""
        row: Values = {
            "tenant_id": self.writing.tenant_id,
            "unit_id": unit_id,
            "member_id": member_id,
        }
        self.of[unit_members].append(row)

    def hold_plainly(self, slot: Slot, window: Window) -> None:
        """Something assigned past requests, as memberships mostly are."""
        id_ = GrantId(self.writing.ids.new_id())
        grant = Grant(id_, slot, GrantKind.ASSIGNED, window, window.start)
        self._put_grant(grant)

    def hold(self, holding: Holding) -> Basis:
        """Something held through a request; answers what an activation of it stands on."""
        id_ = self.writing.ids.new_id()
        grant = Grant(
            id=GrantId(id_),
            slot=holding.slot,
            kind=holding.kind,
            window=holding.window,
            created_at=holding.window.start,
            request_id=RequestId(id_),
            basis=holding.basis,
            ended_at=holding.ended_at,
            ended_by=None if holding.ended_at is None else id_,
        )
        self._put_grant(grant)
        self._put_request(self._make_request(holding, id_))
        self._put_event(grant)
        return Basis(holding.slot, grant.id)

    def end(self, holding: Holding, at: Instant) -> None:
        """The request by which somebody gave back what they had activated."""
        id_ = RequestId(self.writing.ids.new_id())
        draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_DEACTIVATE, holding.slot)
        author = Author(holding.slot.principal_id, None)
        self._put_request(Request(id_, draft, author, Status.REVOKED, at))

    def ask(self, slot: Slot, approval: Approval, at: Instant) -> None:
        """A request to activate that nobody has decided."""
        draft = Draft(
            RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, slot, _ask_for(LASTS, at), "Needed"
        )
        id_ = RequestId(self.writing.ids.new_id())
        author = Author(slot.principal_id, None)
        self._put_request(
            Request(id_, draft, author, Status.PENDING_APPROVAL, at, approval=approval)
        )

    def _make_request(self, holding: Holding, id_: str) -> Request:
        window = holding.window
        is_own = holding.action.is_self
        asked_by = holding.slot.principal_id if is_own else self.writing.administrator_id
        draft = Draft(
            holding.request_kind,
            holding.action,
            holding.slot,
            _ask_for(window.length, window.start),
            "Needed for the work of the day",
        )
        return Request(
            RequestId(id_),
            draft,
            Author(asked_by, None),
            Status.PROVISIONED,
            window.start,
            completed_at=window.start,
            grant_id=GrantId(id_),
            starts_at=window.start,
        )

    def _put_grant(self, grant: Grant) -> None:
        tenant_id = self.writing.tenant_id
        self.of[grants].append(write_grant(tenant_id, grant))
        if grant.until > self.writing.at:
            still = (due for due in due_of_grant(grant) if due.at > self.writing.at)
            self.of[due_work] += [write_due(tenant_id, due) for due in still]

    def _put_request(self, request: Request) -> None:
        writing = self.writing
        self.of[due_work] += [write_due(writing.tenant_id, d) for d in due_of_request(request)]
        self.of[requests].append(write_request(writing.tenant_id, request, writing.policy))
        self.of[request_approvers] += list_approvers(writing.tenant_id, request)

    def _put_event(self, grant: Grant) -> None:
        slot, window = grant.slot, grant.window
        event = Event(
            id=EventId(self.writing.ids.new_id()),
            kind=EventKind.GRANT_MADE,
            effective_at=window.start,
            recorded_at=window.start,
            correlation_id=grant.id,
            actor=Actor(self.writing.administrator_id),
            subject_id=slot.principal_id,
            data={
                **slot_facts(slot),
                "grantKind": grant.kind.value,
                "grantId": grant.id,
                "requestId": grant.request_id,
                "isEndless": window.is_endless,
            },
        )
        self.of[events].append(write_event(self.writing.tenant_id, event))


def _ask_for(length: timedelta, start: Instant) -> AskedSchedule:
    return AskedSchedule(start, Expiration(ExpirationType.AFTER_DURATION, duration=length))
