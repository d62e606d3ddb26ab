"""The bodies that clients send, under their published type names, read as tolerantly as they write.

Member names are taken in any casing and unknown ones are ignored (behaviour book 1.11); values of
a wrong type, and texts longer than is sensible, are refused with the name of their property.
"""

from typing import Annotated, TypeAlias, TypeVar

import msgspec

from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.odata import bodies
from timebound.dialects.odata.problems import ODataProblem

_Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=128)]
_Path: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
_Reference: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=4_000)]


class ExpirationPattern(msgspec.Struct, rename="camel"):
    """When a schedule ends."""

    type: _Word | None = None
    end_date_time: _Word | None = None
    duration: _Word | None = None


class RequestSchedule(msgspec.Struct, rename="camel"):
    """When something is to be held."""

    start_date_time: _Word | None = None
    expiration: ExpirationPattern | None = None


class TicketInfo(msgspec.Struct, rename="camel"):
    """A reference into a ticket system."""

    ticket_number: _Reference | None = None
    ticket_system: _Reference | None = None


class UnifiedRoleScheduleRequest(msgspec.Struct, rename="camel"):
    """What the requests about eligibilities and about assignments have in common: everything."""

    action: _Word | None = None
    principal_id: _Id | None = None
    role_definition_id: _Id | None = None
    directory_scope_id: _Path | None = None
    app_scope_id: _Path | None = None
    justification: _Text | None = None
    schedule_info: RequestSchedule | None = None
    ticket_info: TicketInfo | None = None
    is_validation_only: bool | None = None
    target_schedule_id: _Id | None = None


class PrivilegedAccessGroupScheduleRequest(msgspec.Struct, rename="camel"):
    """What the requests about eligibilities and about assignments in groups have in common."""

    action: _Word | None = None
    access_id: _Word | None = None
    principal_id: _Id | None = None
    group_id: _Id | None = None
    justification: _Text | None = None
    schedule_info: RequestSchedule | None = None
    ticket_info: TicketInfo | None = None
    is_validation_only: bool | None = None
    target_schedule_id: _Id | None = None


class ApprovalStep(msgspec.Struct, rename="camel"):
    """What an approver says of a step."""

    review_result: _Word | None = None
    justification: _Text | None = None


class UnifiedRoleAssignment(msgspec.Struct, rename="camel"):
    """An assignment of a role past requests; `resourceScope` is the older name of its scope."""

    principal_id: _Id | None = None
    role_definition_id: _Id | None = None
    directory_scope_id: _Path | None = None
    resource_scope: _Path | None = None
    app_scope_id: _Path | None = None
    condition: _Text | None = None


class UnifiedRoleAssignmentMultiple(msgspec.Struct, rename="camel"):
    """An assignment of a role to several principals at several places."""

    display_name: _Reference | None = None
    description: _Text | None = None
    role_definition_id: _Id | None = None
    principal_ids: Annotated[list[_Id], msgspec.Meta(max_length=1_000)] | None = None
    directory_scope_ids: Annotated[list[_Path], msgspec.Meta(max_length=1_000)] | None = None
    app_scope_ids: Annotated[list[_Path], msgspec.Meta(max_length=1_000)] | None = None
    condition: _Text | None = None


class UnifiedRolePermission(msgspec.Struct, rename="camel"):
    """What a role allows, and on what condition."""

    allowed_resource_actions: Annotated[list[_Path], msgspec.Meta(max_length=1_000)] | None = None
    excluded_resource_actions: list[_Path] | None = None
    condition: _Text | None = None


class RoleReference(msgspec.Struct, rename="camel"):
    """Another role definition, by its id."""

    id: _Id | None = None


class UnifiedRoleDefinition(msgspec.Struct, rename="camel"):
    """A role definition to be made or changed; `isEnabled` is sent as a text by some."""

    display_name: _Reference | None = None
    description: _Text | None = None
    is_enabled: bool | _Word | None = None
    role_permissions: (
        Annotated[list[UnifiedRolePermission], msgspec.Meta(max_length=100)] | None
    ) = None
    resource_scopes: Annotated[list[_Path], msgspec.Meta(max_length=100)] | None = None
    template_id: _Id | None = None
    version: _Word | None = None
    inherits_permissions_from: (
        Annotated[list[RoleReference], msgspec.Meta(max_length=100)] | None
    ) = None


_B = TypeVar("_B", bound=msgspec.Struct)


def read_body(body: bytes, type_: type[_B]) -> _B:
    """The body as the type; refused when it is no JSON object, or with the property at fault."""
    try:
        return bodies.read_body(body, type_)
    except ODataProblem as problem:
        raise bad_request(problem.message) from problem


def read_object(body: bytes) -> dict[str, object]:
    """The body as it was written; refused when it is no JSON object, or tells a member twice."""
    try:
        return bodies.read_object(body)
    except ODataProblem as problem:
        raise bad_request(problem.message) from problem
