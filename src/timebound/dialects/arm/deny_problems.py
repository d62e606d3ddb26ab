"""What is refused about deny assignments, in the words of RBAC as far as they are published.

Of properties nobody has told the codes: they are one, and the message names the property.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.refusals import ArmError
from timebound.domain.problems import Code, Problem, Reason

_BAD: Final = HTTPStatus.BAD_REQUEST
_SHOWN: Final = 200
_INVALID: Final = "InvalidDenyAssignment"
_REASONS: Final[Mapping[Reason | None, str]] = {
    Reason.MISSING: "is required and cannot be empty",
    Reason.TOO_LONG: "has more characters than {value}",
    Reason.TOO_MANY: "has more entries than {value}",
    Reason.WRONG_KIND: "names the group '{value}': only users and service principals can be denied",
    Reason.CONTRADICTORY: "cannot name all principals",
    Reason.UNKNOWN_VALUE: "has the value '{value}', which is not known",
    Reason.UNSUPPORTED: "denies reading or data actions: only write, delete and action operations "
    "can be denied",
    Reason.UNREADABLE: "cannot be read: {value}",
    Reason.CANNOT_CHANGE: "is set by Azure alone",
}


def say_absent_denial(id_: str) -> ArmError:
    """The error for a deny assignment that is not there, or cannot be seen from the scope."""
    message = f"The deny assignment '{id_[:_SHOWN]}' is not found."
    return ArmError(HTTPStatus.NOT_FOUND, "DenyAssignmentNotFound", message)


def say_bad_id(text: str) -> ArmError:
    """The error for a deny assignment whose id is none."""
    message = (
        f"The deny assignment ID '{text[:_SHOWN]}' is not valid. The deny assignment ID must be a "
        "GUID."
    )
    return ArmError(_BAD, "InvalidDenyAssignmentId", message)


def say_denial(problem: Problem) -> ArmError | None:
    """The error for what is refused of deny assignments alone; none for what others are as well."""
    match problem.code:
        case Code.PROPERTY_REFUSED:
            why = _REASONS.get(problem.reason, "is not valid")
            told = why.format(value=(problem.value or "")[:_SHOWN])
            return ArmError(_BAD, _INVALID, f"The property '{problem.property}' {told}.")
        case Code.PRINCIPAL_NOT_FOUND:
            message = f"Principal {(problem.value or '')[:_SHOWN]} does not exist in the directory."
            return ArmError(_BAD, "PrincipalNotFound", message)
        case Code.OBJECT_EXISTS:
            message = "The deny assignment already exists at another scope."
            return ArmError(HTTPStatus.CONFLICT, "DenyAssignmentExists", message)
        case Code.OBJECT_CONFLICTS:
            message = "A deny assignment with the same name already exists at this scope."
            return ArmError(HTTPStatus.CONFLICT, "DenyAssignmentWithSameNameExists", message)
        case Code.CHANGE_NOT_ALLOWED:
            message = (
                "The deny assignment is system protected: it can be changed and deleted by Azure "
                "alone."
            )
            return ArmError(HTTPStatus.FORBIDDEN, "DenyAssignmentSystemProtected", message)
        case _:
            return None
