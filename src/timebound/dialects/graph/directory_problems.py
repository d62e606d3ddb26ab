"""How Graph says what is wrong with a write to the directory.

Codes and the short texts that clients compare are published facts.
"""

from http import HTTPStatus
from typing import Final

from timebound.dialects.graph.refusals import GraphError
from timebound.domain.problems import Code, Problem, Reason

_BAD: Final = "Request_BadRequest"
_REASONS: Final[dict[Reason | None, str]] = {
    Reason.DOMAIN_NOT_VERIFIED: "its domain is not one of the verified domains of the organization",
    Reason.TOO_WEAK: "it is too short, of too few kinds of characters, or easy to guess",
    Reason.WRONG_PASSWORD: "it is not the password that is in use",
    Reason.CANNOT_CHANGE: "it is settled when the object is made",
    Reason.MASTERED_ELSEWHERE: "the object is synchronized from the premises and is changed there",
    Reason.WRONG_KIND: "an object of that kind cannot be there",
    Reason.UNKNOWN_VALUE: "there is nothing of that value",
    Reason.CONTRADICTORY: "it contradicts another property",
    Reason.MISSING: "it is missing",
    Reason.NOT_APPLICABLE: "it is not of the form that is needed there",
    Reason.NOT_PROVED: "no certificate that the object has has signed it, for the object, just now",
    Reason.TOO_MANY: "there would be more of them than can be kept",
    Reason.END_BEFORE_START: "it is not later than the start",
    Reason.GROUP_NOT_MANAGEABLE: "a rule or another directory decides it",
    Reason.LAST_OWNER: "the group must keep at least one owner, so the last one cannot be removed",
}


def say_directory_problem(problem: Problem) -> GraphError:
    """The error for a property, a name or a reference that is refused."""
    named = problem.property or ""
    match problem.code:
        case Code.REFERENCE_EXISTS:
            return _bad(
                "One or more added object references already exist for the following modified "
                f"properties: '{named}'."
            )
        case Code.OBJECT_EXISTS if named == "userPrincipalName":
            return _bad(
                "Another object with the same value for property userPrincipalName already exists."
            )
        case Code.OBJECT_EXISTS if named == "permission":
            return _bad("Permission being assigned already exists on the object.")
        case Code.OBJECT_EXISTS if named in {"name", "issuer/subject"}:
            return GraphError(
                HTTPStatus.CONFLICT,
                "Request_MultipleObjectsWithSameKeyValue",
                f"The application has a federated identity credential with this {named} already.",
            )
        case Code.OBJECT_EXISTS:
            return GraphError(
                HTTPStatus.CONFLICT,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal cannot be created, updated, or restored because the service "
                f"principal name {problem.value} is already in use.",
            )
        case _ if problem.reason is Reason.UNKNOWN_APPLICATION:
            return _bad(
                f"The appId '{(problem.value or '')[:80]}' of the service principal does not "
                "reference a valid application object."
            )
        case _:
            why = _REASONS.get(problem.reason, "it is not accepted")
            return _bad(f"Invalid value specified for property '{named}': {why}.")


def _bad(message: str) -> GraphError:
    return GraphError(HTTPStatus.BAD_REQUEST, _BAD, message)
