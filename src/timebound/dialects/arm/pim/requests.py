"""Requests made, rehearsed, read and withdrawn."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import cast

from timebound.application.settling import OpenRequest, cancel_request
from timebound.application.submitting import submit_request
from timebound.dialects.arm.absence import check_absence, look_for_scope
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import is_guid
from timebound.dialects.arm.pim.drafts import read_draft
from timebound.dialects.arm.pim.lists import Entries, find_entry, show_requests
from timebound.dialects.arm.refusals import bad_request
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.kinds_of_work import deeds_of, operation_of
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import PENDING, Request, RequestKind, Status
from timebound.domain.scopes import ScopeKind

Handler = Callable[[Call], Awaitable[Answer]]


def put_request(kind: RequestKind) -> Handler:
    """The handler that makes a request of a kind under the name in the path.

    Of one that says that it is only to be validated nothing is stored, and the answer is that of a
    rehearsal; az-pim-cli has the member, which is published for Graph. Source: ASG-036.
    """

    async def handle(call: Call) -> Answer:
        outcome = await _submit(call, kind)
        if outcome.draft.is_validation_only:
            return Answer(HTTPStatus.CREATED, await _show_rehearsed(call, outcome))
        shown = await show_requests(call, [outcome], call.at)
        return Answer(HTTPStatus.CREATED, shown[0])

    return handle


def validate_request(kind: RequestKind) -> Handler:
    """The handler that tells what would become of a request; nothing is stored.

    What would take effect is told as granted, what somebody would have to decide as evaluated.
    Source: ACT-042.
    """

    async def handle(call: Call) -> Answer:
        outcome = await _submit(call, kind, is_rehearsed=True)
        return Answer(HTTPStatus.OK, await _show_rehearsed(call, outcome))

    return handle


async def _show_rehearsed(call: Call, outcome: Request) -> dict[str, object]:
    (shown,) = await show_requests(call, [replace(outcome, approval=None)], call.at)
    return _rehearse(shown, outcome)


def _rehearse(shown: dict[str, object], outcome: Request) -> dict[str, object]:
    """The answer with what would become of it in the place of what became of it."""
    if outcome.draft.action.is_ending:
        return shown
    properties = cast("dict[str, object]", shown["properties"])
    status = Status.PENDING_EVALUATION if outcome.status in PENDING else Status.GRANTED
    return {**shown, "properties": {**properties, "status": status.value}}


def get_request(entries: Entries[Request]) -> Handler:
    """The handler that reads the request of a name."""

    async def handle(call: Call) -> Answer:
        found = await find_entry(call, entries)
        return Answer(HTTPStatus.OK, (await show_requests(call, [found], call.at))[0])

    return handle


def cancel(kind: RequestKind) -> Handler:
    """The handler that withdraws the request of a name; it answers with nothing."""

    async def handle(call: Call) -> Answer:
        open_ = OpenRequest(_read_name(call), ScopeKind.AZURE, kind)
        outcome = await cancel_request(call.engine, call.token, open_, call.at)
        if isinstance(outcome, Refused):
            raise await call.refuse(outcome)
        return Answer(HTTPStatus.OK)

    return handle


async def _submit(call: Call, kind: RequestKind, *, is_rehearsed: bool = False) -> Request:
    """What comes of a request; that its place is not there is told to who may act or read there."""
    name, place = _read_name(call), await look_for_scope(call)
    draft = read_draft(call.body, kind, place.scope)
    if is_rehearsed:
        draft = replace(draft, is_validation_only=True)
    is_self = draft.action.is_self
    check_absence(place, deeds_of(draft).read if is_self else operation_of(draft))
    outcome = await submit_request(call.engine, call.token, draft, call.at, name)
    if isinstance(outcome, Refused):
        raise await call.refuse(outcome if place.is_known else _hide_absence(outcome))
    return outcome


def _hide_absence(refused: Refused) -> Refused:
    """What those are told who may not know the place: at one that is there they hold nothing."""
    return Refused(
        tuple(
            Problem(Code.ASSIGNMENT_MISSING) if one.code is Code.SCOPE_NOT_FOUND else one
            for one in refused.problems
        )
    )


def _read_name(call: Call) -> RequestId:
    """The GUID in the path, in lower case; refused when it is none."""
    name = call.keys[0]
    if not is_guid(name):
        raise bad_request(f"Invalid GUID: the name of the request is '{name[:80]}'.")
    return RequestId(name.lower())
