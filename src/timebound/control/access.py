"""The door where enforcement points ask what somebody may do: OpenID AuthZEN 1.0.

What is decided is told with status 200, whatever it is; other statuses are for what cannot be read,
for who is not known, and for who may not ask. Source: Authorization API 1.0, transport and errors.
"""

from asyncio import sleep
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from timebound.application.access_checking import AccessChecks, AskedCheck
from timebound.application.ports import Ports
from timebound.application.tokens import Resource, TokenFault, TokenRefusal, TokenVerifier
from timebound.control.access_shapes import Evaluation, Evaluations, Options, read_evaluation
from timebound.control.answers import Answer, tell
from timebound.control.calls import Handler, refuse_problems
from timebound.domain.authority import Token
from timebound.domain.azure.denials import Denial
from timebound.domain.decide import Refused
from timebound.domain.effective_access import AccessDecision
from timebound.domain.grants import Grant
from timebound.domain.times import Instant

METADATA: Final = "/.well-known/authzen-configuration"
EVALUATION: Final = "/access/v1/evaluation"
EVALUATIONS: Final = "/access/v1/evaluations"
_REQUEST_ID: Final = b"x-request-id"
_LONGEST_ID: Final = 1_024
_JSON: Final = "application/json"
_KEPT: Final = "max-age=3600"
_B = TypeVar("_B", bound=msgspec.Struct)


class _UnansweredError(Exception):
    """A call that is not answered, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def access_routes(ports: Ports) -> dict[str, dict[str, Handler]]:
    """The paths where access is checked, in either profile, and where they are told."""

    async def evaluate(request: Request) -> Response:
        checks = await _begin(ports, request)
        return await _answer_one(checks, await _read_body(request, Evaluation))

    async def evaluate_all(request: Request) -> Response:
        checks = await _begin(ports, request)
        asked = await _read_body(request, Evaluations)
        if asked.evaluations:
            return tell({"evaluations": await _answer_all(checks, asked)})
        return await _answer_one(checks, await _read_body(request, Evaluation))

    return {
        METADATA: {"GET": _describe},
        EVALUATION: {"POST": _echo(evaluate)},
        EVALUATIONS: {"POST": _echo(evaluate_all)},
    }


async def _describe(request: Request) -> Response:
    origin = request.scope["state"]["origin"]
    answer = tell(
        {
            "policy_decision_point": origin,
            "access_evaluation_endpoint": f"{origin}{EVALUATION}",
            "access_evaluations_endpoint": f"{origin}{EVALUATIONS}",
        }
    )
    answer.headers["cache-control"] = _KEPT
    return answer


def _echo(handler: Handler) -> Handler:
    """The handler, whose refusals are answers, with the id that the client gave its request."""

    async def answer(request: Request) -> Response:
        try:
            response = await handler(request)
        except _UnansweredError as error:
            response = Answer(msgspec.json.encode(error.message), error.status)
            if error.status == HTTPStatus.UNAUTHORIZED:
                response.headers["www-authenticate"] = "Bearer"
        given = dict(request.scope["headers"]).get(_REQUEST_ID)
        if given is not None and len(given) <= _LONGEST_ID:
            response.raw_headers.append((_REQUEST_ID, given))
        return response

    return answer


async def _begin(ports: Ports, request: Request) -> AccessChecks:
    token = await _verify(ports.tokens, request.headers.get("authorization"))
    request.scope["state"]["caller"] = token.principal_id
    return AccessChecks(ports.store, token, ports.clock.now())


async def _verify(tokens: TokenVerifier, authorization: str | None) -> Token:
    """Who asks: a token for either of the services whose roles are asked about will do."""
    token = await tokens.verify(authorization, Resource.ARM)
    if isinstance(token, TokenRefusal) and token.fault is TokenFault.WRONG_AUDIENCE:
        token = await tokens.verify(authorization, Resource.GRAPH)
    if isinstance(token, TokenRefusal):
        message = (
            "An access token for Azure Resource Manager or Microsoft Graph is needed "
            f"({token.fault.value})."
        )
        raise _UnansweredError(HTTPStatus.UNAUTHORIZED, message)
    return token


async def _read_body(request: Request, type_: type[_B]) -> _B:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != _JSON:
        message = f"The content-type is `{media[:80]}` in place of `{_JSON}`."
        raise _UnansweredError(HTTPStatus.BAD_REQUEST, message)
    try:
        return msgspec.json.decode(await request.body(), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body cannot be read: {error}"
        raise _UnansweredError(HTTPStatus.BAD_REQUEST, message) from error


async def _answer_one(checks: AccessChecks, asked: Evaluation) -> Response:
    decision = await checks.check(read_evaluation(asked))
    if isinstance(decision, Refused):
        status, message = _say_refusal(decision)
        raise _UnansweredError(status, message)
    return tell(_show(decision, checks.at))


async def _answer_all(checks: AccessChecks, asked: Evaluations) -> list[Mapping[str, object]]:
    """The answers in the order of the questions, as far as they are asked for."""
    semantic = (asked.options or Options()).evaluations_semantic or "execute_all"
    last = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(semantic)
    parts = [await _read_part(one) for one in asked.list_all()]
    await checks.prepare(part for part in parts if isinstance(part, AskedCheck))
    told: list[Mapping[str, object]] = []
    for part in parts:
        await sleep(0)
        told.append(await _answer_part(checks, part))
        if told[-1]["decision"] is last:
            break
    return told


async def _read_part(one: object) -> AskedCheck | Mapping[str, object]:
    """One of several questions, or the refusal of one that cannot be read."""
    # So many questions may never have to wait for anything: others come in between.
    await sleep(0)
    try:
        return read_evaluation(msgspec.convert(one, Evaluation))
    except msgspec.ValidationError as error:
        return _show_error(HTTPStatus.BAD_REQUEST, f"The evaluation cannot be read: {error}")


async def _answer_part(
    checks: AccessChecks, part: AskedCheck | Mapping[str, object]
) -> Mapping[str, object]:
    """One of several answers; who may not know it is told so in its place."""
    if not isinstance(part, AskedCheck):
        return part
    decision = await checks.check(part)
    if isinstance(decision, Refused):
        return _show_error(*_say_refusal(decision))
    return _show(decision, checks.at)


def _say_refusal(refused: Refused) -> tuple[int, str]:
    """The status of what a use case refused, and its words."""
    answer = refuse_problems(refused).answer
    said: dict[str, Any] = msgspec.json.decode(answer.body)
    return answer.status_code, said["error"]["message"]


def _show_error(status: int, message: str) -> Mapping[str, object]:
    return {"decision": False, "context": {"error": {"status": int(status), "message": message}}}


def _show(decision: AccessDecision, at: Instant) -> Mapping[str, object]:
    """The answer, with what it comes from and the instant at which it is another one."""
    return {
        "decision": decision.is_allowed,
        "context": {
            "reason": decision.finding.value,
            "at": at,
            "until": decision.until,
            "grants": [_show_grant(grant) for grant in decision.grants],
            "denials": [_show_denial(denial) for denial in decision.denials],
        },
    }


def _show_grant(grant: Grant) -> Mapping[str, object]:
    return {
        "id": grant.id,
        "principalId": grant.slot.principal_id,
        "roleDefinitionId": grant.slot.role_id,
        "scope": grant.slot.scope.path,
        "assignmentType": grant.kind.value,
        "endDateTime": None if grant.is_endless else grant.until,
    }


def _show_denial(denial: Denial) -> Mapping[str, object]:
    return {"id": denial.id, "name": denial.name, "scope": denial.scope.path}
