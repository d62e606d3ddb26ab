"""What conditions may ask about an assignment that is given or taken away.

The attributes of constrained delegation: whoever may assign roles on a condition may do so for the
roles, principals and kinds of principal that it names. Source: Azure documentation of the
authorization actions and attributes of role assignment conditions.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from timebound.domain.azure.comparing import Values
from timebound.domain.azure.conditions import Source
from timebound.domain.azure.permissions import Rights
from timebound.domain.grants import Slot
from timebound.domain.principals import PrincipalKind

PRINCIPAL_TYPES: Final[Mapping[PrincipalKind, str]] = {
    PrincipalKind.USER: "User",
    PrincipalKind.GROUP: "Group",
    PrincipalKind.SERVICE_PRINCIPAL: "ServicePrincipal",
}
"""What Azure calls the kinds of principal that hold roles."""
_ASSIGNMENT: Final = "microsoft.authorization/roleassignments"

Attributes = Mapping[tuple[Source, str], Values]


def describe_assignment(slot: Slot, kind: PrincipalKind | None, source: Source) -> Attributes:
    """The attributes of an assignment that is asked for or, as a resource, there already.

    Of a principal who is not there the type is not known, and no condition on it comes out true.
    """
    told: dict[str, str] = {"roledefinitionid": slot.role_id, "principalid": slot.principal_id}
    if kind is not None:
        told["principaltype"] = PRINCIPAL_TYPES[kind]
    return {(source, f"{_ASSIGNMENT}:{name}"): (value,) for name, value in told.items()}


def rights_to_assign(rights: Rights, slot: Slot, kind: PrincipalKind | None) -> Rights:
    """The rights of who gives the role: conditions see what is asked for."""
    return replace(rights, attributes=describe_assignment(slot, kind, Source.REQUEST))


def rights_to_unassign(rights: Rights, slot: Slot, kind: PrincipalKind | None) -> Rights:
    """The rights of who takes the role away: conditions see what is there."""
    return replace(rights, attributes=describe_assignment(slot, kind, Source.RESOURCE))
