"""What is refused about role definitions, in the published words of RBAC.

Sources: arm notes 10; Azure documentation of troubleshooting custom roles; old SDK tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.domain_problems import say_problems, say_unauthorized
from timebound.dialects.arm.refusals import ArmError
from timebound.domain.azure.places import SUBSCRIPTIONS, PlaceKind, kind_of, read_place
from timebound.domain.azure_role_changes import DESCRIPTION, ID, NAME, PERMISSIONS, SCOPES
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.settings import TenantSettings

_BAD: Final = HTTPStatus.BAD_REQUEST
_SHOWN: Final = 200
_INVALID: Final = "InvalidRoleDefinition"
"""For what nobody has told the code of."""


@dataclass(frozen=True, slots=True)
class AskedDeed:
    """Who wants to do what: the name and the id of the client, the action, the resource's path."""

    client: str
    object_id: str
    action: str
    path: str


def say_role_problems(problems: Sequence[Problem], deed: AskedDeed) -> ArmError:
    """The one error for a refusal: the first problem speaks, for linked places all of them."""
    first = problems[0]
    if first.property == SCOPES and first.code in {Code.ACTION_NOT_ALLOWED, Code.SCOPE_NOT_FOUND}:
        return _say_linked(problems, deed)
    if first.code in {Code.ACTION_NOT_ALLOWED, Code.PERMISSION_MISSING}:
        return say_unauthorized(deed.client, deed.object_id, deed.action, deed.path)
    if first.code is Code.PROPERTY_REFUSED:
        return _say_property(first)
    found = _PLAIN.get((first.code, first.reason))
    if found is None:
        return say_problems((first,), deed.client, deed.object_id, TenantSettings())
    return ArmError(*found)


def say_absent_definition(guid: str) -> ArmError:
    """The error for a role that cannot be seen from where it is asked for."""
    message = f"The specified role definition with ID '{guid[:_SHOWN]}' does not exist."
    return ArmError(HTTPStatus.NOT_FOUND, "RoleDefinitionDoesNotExist", message)


def say_bad_id(text: str) -> ArmError:
    """The error for a role whose id is none."""
    message = (
        f"The role definition ID '{text[:_SHOWN]}' is not valid. The role definition ID must be a "
        "GUID."
    )
    return ArmError(_BAD, "InvalidRoleDefinitionId", message)


def _say_linked(problems: Sequence[Problem], deed: AskedDeed) -> ArmError:
    """The error for places where the caller has no say, or that are not there."""
    may = (
        f"The client '{deed.client}' with object id '{deed.object_id}' has permission to perform "
        f"action '{deed.action}' on scope '{deed.path}'; however, "
    )
    paths = ",".join(one.value or "/" for one in problems)
    gone = problems[0].code is Code.SCOPE_NOT_FOUND
    place = read_place(problems[0].value or "/")
    if gone and place is not None and kind_of(place) is PlaceKind.SUBSCRIPTION:
        subscription = place.path.removeprefix(f"{SUBSCRIPTIONS}/")
        rest = f"the linked subscription '{subscription}' was not found."
    else:
        rest = (
            f"it does not have permission to perform action '{deed.action}' on the linked "
            f"scope(s) '{paths}' or the linked scope(s) are invalid."
        )
    return ArmError(HTTPStatus.FORBIDDEN, "LinkedAuthorizationFailed", may + rest)


def _say_property(problem: Problem) -> ArmError:
    name, value = problem.property or "", (problem.value or "")[:_SHOWN]
    if problem.reason is Reason.UNKNOWN_SCOPE:
        message = (
            f"Property id '{value}' at path '{name}' is invalid. Expect fully qualified resource "
            "Id that start with '/subscriptions/{subscriptionId}' or "
            "'/providers/{resourceProviderNamespace}/'."
        )
        return ArmError(_BAD, "LinkedInvalidPropertyId", message)
    if problem.reason is Reason.UNKNOWN_ACTION:
        code = _ACTIONS[name.rpartition(".")[2]]
        message = f"'{value}' does not match any of the actions supported by the providers."
        return ArmError(_BAD, code, message)
    if (found := _PROPERTIES.get((name, problem.reason))) is not None:
        return ArmError(_BAD, *found)
    return ArmError(_BAD, _INVALID, f"The property '{name}' takes no more than {value}.")


_ACTIONS: Final = {
    "actions": "InvalidActionOrNotAction",
    "dataActions": "InvalidDataActionOrNotDataAction",
}
_PROPERTIES: Final[Mapping[tuple[str, Reason | None], tuple[str, str]]] = {
    (NAME, Reason.MISSING): (
        "RoleDefinitionNameNullOrEmpty",
        "The role definition has no name: 'properties.roleName' is null or empty.",
    ),
    (NAME, Reason.TOO_LONG): (_INVALID, f"'{NAME}' has more than 512 characters."),
    (DESCRIPTION, Reason.TOO_LONG): (_INVALID, f"'{DESCRIPTION}' has more than 2048 characters."),
    (SCOPES, Reason.MISSING): (
        "MissingAssignableScopes",
        "The role definition has no assignable scopes: 'properties.assignableScopes' is empty.",
    ),
    (SCOPES, Reason.TOO_MANY): (_INVALID, f"'{SCOPES}' has more than 2000 entries."),
    (SCOPES, Reason.CONTRADICTORY): (
        _INVALID,
        f"'{SCOPES}' names more than one management group.",
    ),
    (PERMISSIONS, Reason.CONTRADICTORY): (
        _INVALID,
        f"'{PERMISSIONS}' has data actions, which no role for a management group can have.",
    ),
}
_PLAIN: Final[Mapping[tuple[Code, Reason | None], tuple[HTTPStatus, str, str]]] = {
    (Code.OBJECT_EXISTS, None): (
        HTTPStatus.CONFLICT,
        "RoleDefinitionExists",
        f"The '{ID}' is that of another role definition, which cannot be replaced.",
    ),
    (Code.OBJECT_CONFLICTS, None): (
        HTTPStatus.CONFLICT,
        "RoleDefinitionWithSameNameExists",
        "A custom role with the same name already exists in this directory. Use a different name.",
    ),
    (Code.QUOTA_EXCEEDED, None): (
        _BAD,
        "RoleDefinitionLimitExceeded",
        "Role definition limit exceeded. No more role definitions can be created.",
    ),
    (Code.CHANGE_NOT_ALLOWED, Reason.IN_USE): (
        _BAD,
        "RoleDefinitionHasAssignments",
        "There are existing role assignments referencing role.",
    ),
    (Code.CHANGE_NOT_ALLOWED, Reason.BUILT_IN): (
        _BAD,
        "InvalidRoleDefinitionType",
        "Only role definitions of the type 'CustomRole' can be deleted.",
    ),
}
