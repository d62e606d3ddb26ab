"""From the name and the body of a role assignment to what is asked for."""

from http import HTTPStatus

from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Call
from timebound.dialects.arm.ids import is_guid, read_guid
from timebound.dialects.arm.refusals import ArmError, Refusal, bad_request
from timebound.dialects.arm.role_assignment_wire import (
    RoleAssignmentCreateParameters,
    RoleAssignmentProperties,
    list_terms,
    tells_type,
)
from timebound.domain.azure_assignments import AskedAssignment
from timebound.domain.grants import Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.scopes import Scope

_SHOWN = 200


def read_name(call: Call) -> GrantId:
    """The GUID in the path, in lower case; refused when it is none."""
    name = call.keys[0]
    if not is_guid(name):
        raise _refuse(
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{name[:_SHOWN]}' is not valid. It must be a GUID.",
        )
    return GrantId(name.lower())


def read_assignment(call: Call, scope: Scope) -> AskedAssignment:
    """What a body asks for at a place; refused with the property that makes no sense.

    What the version does not know is passed over, and left as it is where it is said already; but
    for a condition, without which more would be given than is asked for.
    """
    name = read_name(call)
    sent = read_body(call.body, RoleAssignmentCreateParameters).properties
    if sent is None:
        raise bad_request("The property 'properties' is missing.")
    slot = Slot(_read_principal(sent), _read_role(sent), scope)
    known = list_terms(call.version)
    if sent.condition and "condition" not in known:
        raise bad_request(
            f"The property 'properties.condition' is not known to the api-version '{call.version}'."
        )
    said = Terms(
        condition=sent.condition,
        condition_version=sent.condition_version,
        description=sent.description,
        delegated_identity=sent.delegated_managed_identity_resource_id,
    )
    kind = sent.principal_type if tells_type(call.version) else None
    return AskedAssignment(name, slot, said, known, kind or None)


def _read_principal(sent: RoleAssignmentProperties) -> PrincipalId:
    text = sent.principal_id
    if not text:
        raise bad_request("The property 'properties.principalId' is missing.")
    if not is_guid(text):
        raise _refuse(
            "InvalidPrincipalId",
            f"The Principal ID '{text[:_SHOWN]}' is not valid. Principal ID must be a GUID.",
        )
    return PrincipalId(text.lower())


def _read_role(sent: RoleAssignmentProperties) -> RoleId:
    """The role by the GUID that its id ends with: at each place the rest is another."""
    text = sent.role_definition_id
    if not text:
        raise bad_request("The property 'properties.roleDefinitionId' is missing.")
    guid = read_guid(text)
    if guid is None:
        raise _refuse(
            "InvalidRoleDefinitionId",
            f"The role definition ID '{text[:_SHOWN]}' is not valid. It must end with a GUID.",
        )
    return RoleId(guid)


def _refuse(code: str, message: str) -> Refusal:
    return Refusal(ArmError(HTTPStatus.BAD_REQUEST, code, message))
