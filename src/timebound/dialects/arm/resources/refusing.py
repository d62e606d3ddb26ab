"""What is refused about the tree, in the words of Azure Resource Manager."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.domain_problems import say_problems
from timebound.dialects.arm.refusals import GATEWAY, ArmError, Refusal
from timebound.domain.decide import Refused
from timebound.domain.hierarchy_changes import GROUP
from timebound.domain.problems import Code, Problem, Reason

_BAD: Final = HTTPStatus.BAD_REQUEST
_SHOWN: Final = 200
_INVALID_NAME: Final = (
    "The name '{}' is not valid: it is too long, ends with what no name ends with, or holds "
    "characters that no name has."
)


async def refuse(call: Call, refused: Refused) -> Refusal:
    """What a refusal is answered; who is refused is named as the service names them."""
    first = refused.problems[0]
    found = _say_own(first)
    if found is None:
        caller = await call.ports.store.load_caller(call.token, call.at)
        client = await call.name_client()
        if first.code is Code.ACTION_NOT_ALLOWED and first.property is not None:
            found = _say_linked(first, client, caller.id)
        else:
            found = say_problems(refused.problems, client, caller.id, caller.settings)
    return Refusal(found, first.code.value)


def _say_linked(problem: Problem, client: str, object_id: str) -> ArmError:
    action, linked = problem.names
    message = (
        f"The client '{client}' with object id '{object_id}' has permission to perform action "
        f"'{action}' on scope '{problem.value}'; however, it does not have permission to perform "
        f"action '{linked}' on the linked scope(s) '{problem.property}' or the linked scope(s) are "
        "invalid."
    )
    return ArmError(HTTPStatus.FORBIDDEN, "LinkedAuthorizationFailed", message)


def _say_own(problem: Problem) -> ArmError | None:
    """What is said of the tree alone; nothing where all of Azure says the same."""
    if problem.code is Code.PERMISSION_MISSING:
        message = "The access token lets nobody act in Azure: user_impersonation is missing in it."
        return ArmError(HTTPStatus.FORBIDDEN, "AuthorizationFailed", message)
    if problem.code is Code.OBJECT_CONFLICTS:
        message = f"The management group '{_show(problem)}' is not empty: move what it holds first."
        return ArmError(_BAD, "BadRequest", message)
    if (found := _PLAIN.get(problem.code)) is not None:
        return found
    return _say_value(problem) if problem.code is Code.VALUE_REFUSED else None


def _say_value(problem: Problem) -> ArmError:
    if problem.property == "parent":
        return ArmError(_BAD, "BadRequest", _PARENTS[problem.reason].format(_show(problem)))
    if problem.property == "name":
        return ArmError(_BAD, "InvalidResourceName", _INVALID_NAME.format(_show(problem)), GATEWAY)
    if problem.property == "location":
        return _LOCATIONS[problem.reason](problem)
    if problem.property == GROUP:
        return _NOT_ROOT
    message = f"The property '{problem.property}' has the wrong value '{_show(problem)}'."
    return ArmError(_BAD, "BadRequest", message)


def _show(problem: Problem) -> str:
    return (problem.value or "")[:_SHOWN]


_PLAIN: Final[Mapping[Code, ArmError]] = {
    Code.OBJECT_EXISTS: ArmError(
        HTTPStatus.CONFLICT,
        "Conflict",
        "The name is taken by something that you may not read. Use another one.",
    ),
    Code.CHANGE_NOT_ALLOWED: ArmError(
        _BAD, "BadRequest", "The root management group can be neither deleted nor moved."
    ),
}
_NOT_ROOT: Final = ArmError(
    _BAD, "BadRequest", "Hierarchy settings are those of the root management group alone."
)
_PARENTS: Final[Mapping[Reason | None, str]] = {
    Reason.UNKNOWN_SCOPE: "The parent management group '{}' cannot be found.",
    Reason.CONTRADICTORY: "The management group '{}' lies in the one that is to be moved there.",
    Reason.TOO_MANY: "Below '{}' there would be more than six levels of management groups.",
}


def _say_missing_location(_: Problem) -> ArmError:
    message = "The location property is required for this definition."
    return ArmError(_BAD, "LocationRequired", message, GATEWAY)


def _say_other_location(problem: Problem) -> ArmError:
    message = (
        f"Invalid resource group location '{_show(problem)}'. The Resource group already exists in "
        f"location '{''.join(problem.names)}'."
    )
    return ArmError(HTTPStatus.CONFLICT, "InvalidResourceGroupLocation", message, GATEWAY)


_LOCATIONS: Final[Mapping[Reason | None, Callable[[Problem], ArmError]]] = {
    Reason.MISSING: _say_missing_location,
    Reason.CANNOT_CHANGE: _say_other_location,
}
