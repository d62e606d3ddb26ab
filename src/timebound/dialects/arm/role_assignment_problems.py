"""What is refused about role assignments, in the published words of RBAC.

Sources: arm notes 10; Azure documentation of troubleshooting RBAC; answers quoted by users.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.domain_problems import say_absent_role
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.domain.decide import Refused
from timebound.domain.ids import TenantId
from timebound.domain.problems import Code, Problem, Reason, in_order

_BAD: Final = HTTPStatus.BAD_REQUEST
_CONFLICT: Final = HTTPStatus.CONFLICT
_SHOWN: Final = 80
_DENIALS: Final = frozenset({Code.ACTION_NOT_ALLOWED, Code.PERMISSION_MISSING, Code.ACCESS_DENIED})
_Say = Callable[[Problem, TenantId], ArmError]


async def refuse(
    call: Call, refused: Refused, action: str, path: str, role_id: str = ""
) -> Refusal:
    """The refusal in the words of RBAC: for an action, of what is at a path, about a role."""
    problems = tuple(_aim(problem, action, path, role_id) for problem in refused.problems)
    first = in_order(problems)[0]
    say = _SAYINGS.get(first.code)
    if say is None:
        return await call.refuse(Refused(problems))
    reason = " ".join(dict.fromkeys(problem.code.value for problem in problems))
    return Refusal(say(first, call.token.tenant_id), reason)


def say_absence(name: str) -> ArmError:
    """The error for an assignment that is not there."""
    message = f"The role assignment '{name[:_SHOWN]}' is not found."
    return ArmError(HTTPStatus.NOT_FOUND, "RoleAssignmentNotFound", message)


def _aim(problem: Problem, action: str, path: str, role_id: str) -> Problem:
    """A problem with what RBAC tells of it: the action over the whole path, the id of the role."""
    if problem.code is Code.ROLE_DOES_NOT_FIT_SCOPE:
        return replace(problem, value=role_id)
    if problem.code not in _DENIALS:
        return problem
    return replace(problem, code=Code.ACTION_NOT_ALLOWED, reason=None, names=(action,), value=path)


def _say_role(problem: Problem, _tenant: TenantId) -> ArmError:
    return say_absent_role(problem.value or "")


def _say_principal(problem: Problem, tenant_id: TenantId) -> ArmError:
    # quirk(arm): ids of principals are told without their dashes - quoted by users
    shown = _squeeze(problem.value)
    message = f"Principal {shown} does not exist in the directory {tenant_id}."
    return ArmError(_BAD, "PrincipalNotFound", message)


def _say_misfit(problem: Problem, _tenant: TenantId) -> ArmError:
    if problem.reason is not Reason.WRONG_KIND:
        return ArmError(_BAD, "PrincipalNotAllowed", "The principal can hold no roles.")
    found, principal_id = problem.names
    # quirk(arm): the property is misspelt, and a blank stands before the comma - quoted by users
    message = (
        f"The PrincipalId '{_squeeze(principal_id)}' has type '{found}' , which is different from "
        f"specified PrinciaplType '{(problem.value or '')[:_SHOWN]}'."
    )
    return ArmError(_BAD, "UnmatchedPrincipalType", message)


def _say_change(_problem: Problem, _tenant: TenantId) -> ArmError:
    message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
    return ArmError(_BAD, "RoleAssignmentUpdateNotPermitted", message)


def _say_existing(problem: Problem, _tenant: TenantId) -> ArmError:
    # quirk(arm): the id of the assignment is told without its dashes - quoted by users
    shown = _squeeze(problem.value)
    message = (
        f"The role assignment already exists. The ID of the existing role assignment is {shown}."
    )
    return ArmError(_CONFLICT, "RoleAssignmentExists", message)


def _say_quota(_problem: Problem, _tenant: TenantId) -> ArmError:
    message = "No more role assignments can be created."
    return ArmError(_BAD, "RoleAssignmentLimitExceeded", message)


def _say_last(_problem: Problem, _tenant: TenantId) -> ArmError:
    message = "Cannot delete the last RBAC admin assignment"
    status = HTTPStatus.PRECONDITION_FAILED
    return ArmError(status, "CannotDeleteLastRbacAdminAssignment", message)


def _say_invalid(problem: Problem, _tenant: TenantId) -> ArmError:
    why = problem.value if problem.reason is Reason.UNREADABLE else "its value is not known"
    name = problem.property or "properties"
    return ArmError(_BAD, "BadRequest", f"The property 'properties.{name}' does not do: {why}.")


def _squeeze(id_: str | None) -> str:
    return (id_ or "").replace("-", "")[:_SHOWN]


_SAYINGS: Final[Mapping[Code, _Say]] = {
    Code.INVALID_REQUEST: _say_invalid,
    Code.ROLE_NOT_FOUND: _say_role,
    # A role that cannot be assigned at a place is not seen from there either.
    Code.ROLE_DOES_NOT_FIT_SCOPE: _say_role,
    Code.PRINCIPAL_NOT_FOUND: _say_principal,
    Code.PRINCIPAL_NOT_ALLOWED: _say_misfit,
    Code.CHANGE_NOT_ALLOWED: _say_change,
    Code.OBJECT_CONFLICTS: _say_existing,
    Code.OBJECT_EXISTS: _say_existing,
    Code.QUOTA_EXCEEDED: _say_quota,
    Code.LAST_ADMINISTRATOR: _say_last,
}
