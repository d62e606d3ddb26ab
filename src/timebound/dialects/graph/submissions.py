"""Requests made and cancelled."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

from timebound.application.settling import OpenRequest, cancel_request
from timebound.application.submitting import submit_request
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.requests import read_draft
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.wire import UnifiedRoleScheduleRequest, read_body
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.select import WHOLE
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.requests import Draft, Request, RequestKind
from timebound.domain.scopes import ScopeKind

ReadDraft: TypeAlias = Callable[[bytes, RequestKind], Draft]
"""Reads the body of a request of a kind; refused with the property that makes no sense."""


def read_role_draft(body: bytes, kind: RequestKind) -> Draft:
    """The draft of a request about a role of the directory."""
    return read_draft(read_body(body, UnifiedRoleScheduleRequest), kind)


def create_request(
    entities: EntitySet[Request], kind: RequestKind, read: ReadDraft = read_role_draft
) -> Handler:
    """The handler that makes a request of a kind; it is answered as it was decided."""

    async def handle(call: Call) -> Answer:
        draft = read(call.body, kind)
        outcome = await submit_request(call.engine, call.token, draft, call.at)
        if isinstance(outcome, Refused):
            raise await call.refuse(outcome)
        words = await call.choose_words()
        shown = await show_rows(call, entities.kind, [outcome], words, WHOLE)
        context = format_context(call.root, entities.path, is_entity=True)
        return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown[0]})

    return handle


def cancel(kind: RequestKind, scope_kind: ScopeKind = ScopeKind.DIRECTORY) -> Handler:
    """The handler that withdraws a request of a kind, about roles at scopes of a kind."""

    async def handle(call: Call) -> Answer:
        open_ = OpenRequest(RequestId(call.keys[0].lower()), scope_kind, kind)
        outcome = await cancel_request(call.engine, call.token, open_, call.at)
        if isinstance(outcome, Refused):
            raise await call.refuse(outcome)
        return Answer(HTTPStatus.NO_CONTENT)

    return handle
