"""The door where an activation is explained before anybody asks for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from timebound.application.engine import Engine
from timebound.application.explaining import Explanation, Needs, explain_activation
from timebound.application.ports import Ports
from timebound.control.answers import tell
from timebound.control.calls import (
    BAD,
    GUID,
    Handler,
    Id,
    RefusedError,
    answer_refusals,
    read_body,
    read_query,
    refuse_problems,
    verify_bearer,
)
from timebound.control.problems import show_problem
from timebound.domain.authority import Token
from timebound.domain.decide import (
    Decision,
    Granted,
    NeedsApproval,
    NeedsEvaluation,
    Refused,
    Scheduled,
)
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import Action, Draft, RequestKind, Ticket
from timebound.domain.scopes import Scope, ScopeKind, group_scope
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant

_Path = Annotated[str, msgspec.Meta(pattern=rf"^/((administrativeUnits/)?{GUID})?\Z")]
_Text = Annotated[str, msgspec.Meta(max_length=4_000, pattern=r"^[^\x00]*\Z")]
"""What a request may say as well: nothing is explained here that cannot be asked for."""


class ExplainBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The activation that is asked about: of the caller unless somebody else is named.

    It is of a role of the directory, or of access to a group.
    """

    role_definition_id: Id | None = None
    principal_id: Id | None = None
    directory_scope_id: _Path | None = None
    group_id: Id | None = None
    access_id: Literal["member", "owner"] | None = None
    duration: timedelta | None = None
    start_date_time: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    justification: _Text | None = None
    ticket_number: _Text | None = None


def explaining_routes(ports: Ports) -> dict[str, dict[str, Handler]]:
    """The path where activations are explained, in either profile."""

    async def explain(request: Request) -> Response:
        token = await verify_bearer(ports.tokens, request)
        read_query(request, ())
        draft = _read_draft(await read_body(request, ExplainBody), token)
        engine = Engine(ports.store, ports.ids)
        explained = await explain_activation(engine, token, draft, ports.clock.now())
        if isinstance(explained, Refused):
            raise refuse_problems(explained)
        return tell(_show(explained))

    return {"/control/activations/explain": {"POST": answer_refusals(explain)}}


def _read_draft(body: ExplainBody, token: Token) -> Draft:
    role_id, scope = _read_place(body)
    principal_id = PrincipalId((body.principal_id or token.principal_id).lower())
    return Draft(
        RequestKind.ASSIGNMENT,
        Action.SELF_ACTIVATE,
        Slot(principal_id, role_id, scope),
        _read_schedule(body),
        body.justification,
        Ticket(body.ticket_number),
    )


def _read_place(body: ExplainBody) -> tuple[RoleId, Scope]:
    """What is held where: a role at a scope of the directory, or access to a group."""
    of_role = (body.role_definition_id, body.directory_scope_id)
    of_group = (body.group_id, body.access_id)
    if body.role_definition_id and of_group == (None, None):
        head, _, object_id = (body.directory_scope_id or "/").rpartition("/")
        place = Scope(ScopeKind.DIRECTORY, f"{head}/{object_id.lower()}")
        return RoleId(body.role_definition_id.lower()), place
    if body.group_id and body.access_id and of_role == (None, None):
        return RoleId(body.access_id), group_scope(body.group_id.lower())
    message = "The body names neither `roleDefinitionId` alone nor `groupId` with `accessId`."
    raise RefusedError(BAD, "InvalidBody", message)


def _read_schedule(body: ExplainBody) -> AskedSchedule | None:
    if body.duration is None and body.start_date_time is None:
        return None
    expiration = None
    if body.duration is not None:
        expiration = Expiration(ExpirationType.AFTER_DURATION, duration=body.duration)
    return AskedSchedule(_read_start(body.start_date_time), expiration)


def _read_start(start: datetime | None) -> Instant | None:
    try:
        return None if start is None else start.astimezone(UTC)
    except OverflowError as error:
        message = "The body cannot be read: `startDateTime` lies beyond the calendar."
        raise RefusedError(BAD, "InvalidBody", message) from error


def _show(explained: Explanation) -> Mapping[str, object]:
    decision = explained.decision
    refused = decision.problems if isinstance(decision, Refused) else ()
    return {
        "outcome": _name_outcome(decision),
        "window": _show_window(decision),
        "problems": [show_problem(problem) for problem in refused],
        "needs": _show_needs(explained.needs),
    }


def _name_outcome(decision: Decision) -> str:
    match decision:
        case Granted():
            return "granted"
        case Scheduled():
            return "scheduled"
        case NeedsApproval():
            return "needsApproval"
        case NeedsEvaluation():
            return "needsEvaluation"
        case Refused():
            return "refused"


def _show_window(decision: Decision) -> Mapping[str, object] | None:
    """The window of what would be granted; where somebody has to agree first there is none yet."""
    grant = decision.grant if isinstance(decision, Granted | Scheduled) else None
    return None if grant is None else {"start": grant.window.start, "end": grant.window.end}


def _show_needs(needs: Needs) -> Mapping[str, object]:
    approval = needs.approval
    return {
        "justification": needs.justification,
        "ticket": needs.ticket,
        "secondFactor": needs.second_factor,
        "authenticationContext": next(iter(needs.contexts), None),
        "maximumDuration": needs.maximum,
        "approval": None
        if approval is None
        else {
            "approvers": {
                "users": approval.approvers.users,
                "groups": approval.approvers.groups,
                "roles": approval.approvers.roles,
            },
            "needsJustification": approval.needs_justification,
        },
    }
