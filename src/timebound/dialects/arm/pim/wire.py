"""The bodies of requests, under their published type names."""

from typing import Annotated, TypeAlias

import msgspec

_Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=1_024)]
_Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
_Reference: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=4_000)]
_Condition: TypeAlias = Annotated[str, msgspec.Meta(max_length=8_192)]


class RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration(msgspec.Struct, rename="camel"):
    """When a schedule ends."""

    type: _Word | None = None
    end_date_time: _Word | None = None
    duration: _Word | None = None


class RoleAssignmentScheduleRequestPropertiesScheduleInfo(msgspec.Struct, rename="camel"):
    """When something is to be held."""

    start_date_time: _Word | None = None
    expiration: RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration | None = None


class RoleAssignmentScheduleRequestPropertiesTicketInfo(msgspec.Struct, rename="camel"):
    """A reference into a ticket system."""

    ticket_number: _Reference | None = None
    ticket_system: _Reference | None = None


class RoleAssignmentScheduleRequestProperties(msgspec.Struct, rename="camel"):
    """What requests about eligibilities and about assignments have in common, and what not."""

    principal_id: _Id | None = None
    role_definition_id: _Id | None = None
    request_type: _Word | None = None
    linked_role_eligibility_schedule_id: _Id | None = None
    schedule_info: RoleAssignmentScheduleRequestPropertiesScheduleInfo | None = None
    justification: _Text | None = None
    ticket_info: RoleAssignmentScheduleRequestPropertiesTicketInfo | None = None
    condition: _Condition | None = None
    condition_version: _Word | None = None
    target_role_assignment_schedule_id: _Id | None = None
    target_role_eligibility_schedule_id: _Id | None = None
    is_validation_only: bool | None = None


class RoleAssignmentScheduleRequest(msgspec.Struct, rename="camel"):
    """The body of a PUT or of a validation."""

    properties: RoleAssignmentScheduleRequestProperties | None = None
