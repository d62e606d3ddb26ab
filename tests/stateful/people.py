"""What people do in the examples, each in a few words; all of it must be allowed."""

from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import ADA, CLEO
from timebound.domain.approvals import ReviewResult
from timebound.domain.decide import Refused
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Request, RequestKind
from timebound.domain.settle import Verdict
from timebound.domain.times import Instant

T = TypeVar("T")

APPROVED: Final = Verdict(ReviewResult.APPROVE, "seen")


def allowed(answer: T | Refused) -> T:
    """The answer, which is no refusal."""
    assert not isinstance(answer, Refused), answer.problems
    return answer


def codes_of(answer: object) -> list[Code]:
    """What a refusal says is wrong."""
    assert isinstance(answer, Refused), "it was not refused"
    return [problem.code for problem in answer.problems]


async def give(
    kind: RequestKind,
    place: Place,
    slot: Slot,
    at: Instant,
    span: timedelta | None = None,
    start: Instant | None = None,
) -> Request:
    """Ada gives somebody a role."""
    draft = make_draft(Action.ADMIN_ASSIGN, kind, slot, start, span)
    return allowed(await place.submit(ADA, draft, at))


make_eligible: Final = partial(give, RequestKind.ELIGIBILITY)
assign: Final = partial(give, RequestKind.ASSIGNMENT)


async def activate(
    place: Place, slot: Slot, at: Instant, span: timedelta, start: Instant | None = None
) -> Request:
    """The holder activates a role."""
    draft = make_draft(Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, slot, start, span)
    return allowed(await place.submit(slot.principal_id, draft, at))


async def deactivate(place: Place, slot: Slot, at: Instant) -> Request:
    """The holder gives the role back."""
    draft = make_draft(Action.SELF_DEACTIVATE, RequestKind.ASSIGNMENT, slot)
    return allowed(await place.submit(slot.principal_id, draft, at))


async def remove(
    place: Place, kind: RequestKind, slot: Slot, at: Instant, by: PrincipalId = ADA
) -> Request | Refused:
    """An administrator takes something away, or tries to."""
    return await place.submit(by, make_draft(Action.ADMIN_REMOVE, kind, slot), at)


async def approve(
    place: Place, request: Request, at: Instant, by: PrincipalId = CLEO
) -> Request | Refused:
    """An approver agrees, or tries to."""
    return await place.review(by, request.id, APPROVED, at)
