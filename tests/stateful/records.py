"""What the model of the promises is made of: what was granted, and what was asked."""

from dataclasses import dataclass

from hypothesis.vendor.pretty import RepresentationPrinter

from timebound.domain.grants import ACTIVE_KINDS, Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.requests import APPROVAL_LIFETIME, Draft, RequestKind, Status
from timebound.domain.times import ENDLESS, Instant

WAITING = (Status.PENDING_APPROVAL, Status.PENDING_ADMIN_DECISION)


@dataclass(slots=True, eq=False)
class Held:
    """Something that was granted: from `start` until `end`, or until it `ended` before that."""

    id: str
    slot: Slot
    kind: GrantKind
    start: Instant
    end: Instant
    stands_on: Slot | None = None
    ended: Instant = ENDLESS

    def _repr_pretty_(self, printer: RepresentationPrinter, _: bool) -> None:  # noqa: FBT001 - theirs
        until = "for ever" if self.until == ENDLESS else f"to {self.until:%d.%m. %H:%M:%S.%f}"
        since = f"{self.start:%d.%m. %H:%M:%S.%f}"
        printer.text(f"<{self.kind.value} {say(self.slot)} {since} {until}>")

    @property
    def until(self) -> Instant:
        return min(self.end, self.ended)

    def is_held(self, at: Instant) -> bool:
        return self.start <= at < self.until

    def is_ahead(self, at: Instant) -> bool:
        return at < self.start < self.until


@dataclass(slots=True, eq=False)
class Asked:
    """A request that was not refused, and the status that was last decided for it."""

    id: str
    draft: Draft
    by: PrincipalId
    at: Instant
    status: Status
    starts: Instant | None = None
    approvers: frozenset[PrincipalId] | None = None

    def _repr_pretty_(self, printer: RepresentationPrinter, _: bool) -> None:  # noqa: FBT001 - theirs
        asked = f"{self.draft.action.value} {say(self.draft.slot)}"
        printer.text(f"<{asked} asked {self.at:%d.%m. %H:%M:%S.%f}: {self.status.value}>")

    def status_at(self, at: Instant) -> Status:
        if self.status is Status.GRANTED and self.starts is not None and self.starts <= at:
            return Status.PROVISIONED
        if self.status is Status.PENDING_APPROVAL and at >= self.at + APPROVAL_LIFETIME:
            return Status.TIMED_OUT
        return self.status


def say(slot: Slot) -> str:
    """A slot in a few words."""
    return f"{slot.principal_id} / {slot.role_id} / {slot.scope.path}"


def family_of(kind: RequestKind) -> tuple[GrantKind, ...]:
    """The kinds of grant that a kind of request is about."""
    return (GrantKind.ELIGIBLE,) if kind is RequestKind.ELIGIBILITY else ACTIVE_KINDS


def held_from(grant: Grant) -> Held:
    """What was there before anybody asked, as the model keeps it."""
    return Held(grant.id, grant.slot, grant.kind, grant.window.start, grant.window.end)
