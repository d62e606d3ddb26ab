"""Requests made and cancelled."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final, TypeAlias

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
from timebound.domain.problems import Problem, Reason
from timebound.domain.requests import Draft, Request, RequestKind
from timebound.domain.scopes import ScopeKind

ReadDraft: TypeAlias = Callable[[bytes, RequestKind], Draft]
"""Reads the body of a request of a kind; refused with the property that makes no sense."""
_OF_GROUPS: Final = {"roleDefinitionId": "accessId", "directoryScopeId": "groupId"}
"""What requests about groups call the properties that requests about roles have."""


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
            raise await call.refuse(_rename(draft, outcome))
        words = await call.choose_words()
        shown = await show_rows(call, entities.kind, [outcome], words, WHOLE)
        context = format_context(call.root, entities.path, is_entity=True)
        return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown[0]})

    return handle


def _rename(draft: Draft, refused: Refused) -> Refused:
    """What is refused, with the properties called as the client calls them."""
    if draft.slot.scope.kind is not ScopeKind.GROUP:
        return refused
    return Refused(tuple(replace(one, property=_name(one)) for one in refused.problems))


def _name(problem: Problem) -> str | None:
    if problem.reason is Reason.GROUP_NOT_MANAGEABLE:
        return "groupId"
    return _OF_GROUPS.get(problem.property or "", problem.property)


def cancel(kind: RequestKind, scope_kind: ScopeKind = ScopeKind.DIRECTORY) -> Handler:
    """The handler that withdraws a request of a kind, about roles at scopes of a kind."""

    async def handle(call: Call) -> Answer:
        open_ = OpenRequest(RequestId(call.keys[0].lower()), scope_kind, kind)
        outcome = await cancel_request(call.engine, call.token, open_, call.at)
        if isinstance(outcome, Refused):
            raise await call.refuse(outcome)
        return Answer(HTTPStatus.NO_CONTENT)

    return handle
