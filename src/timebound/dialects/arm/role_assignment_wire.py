"""The bodies of role assignments, under their published type names, and what each version knows."""

from typing import Annotated, Final, TypeAlias

import msgspec

VERSIONS: Final = frozenset(
    {
        "2015-07-01",
        "2017-10-01-preview",
        "2018-01-01-preview",
        "2018-09-01-preview",
        "2020-03-01-preview",
        "2020-04-01-preview",
        "2020-08-01-preview",
        "2020-10-01-preview",
        "2022-04-01",
        "2026-08-01",
    }
)
VALIDATING: Final = frozenset({"2020-08-01-preview", "2020-10-01-preview"})
ALWAYS_CREATED: Final = frozenset(
    {
        "2015-07-01",
        "2017-10-01-preview",
        "2018-01-01-preview",
        "2018-09-01-preview",
        "2020-04-01-preview",
    }
)
"""The versions that publish 201 alone for a PUT, whether anything was there or not."""
_TYPED_SINCE: Final = "2018-01-01-preview"
_CONDITIONAL_SINCE: Final = "2020-03-01-preview"
_DESCRIBED_SINCE: Final = "2020-04-01-preview"

_Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=1_024)]
_Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=2_048)]
_Condition: TypeAlias = Annotated[str, msgspec.Meta(max_length=8_192)]


class RoleAssignmentProperties(msgspec.Struct, rename="camel"):
    """What an assignment is to be; where it is to be says the path."""

    role_definition_id: _Id | None = None
    principal_id: _Id | None = None
    principal_type: _Word | None = None
    description: _Text | None = None
    condition: _Condition | None = None
    condition_version: _Word | None = None
    delegated_managed_identity_resource_id: _Text | None = None


class RoleAssignmentCreateParameters(msgspec.Struct):
    """The body of a PUT or of a validation."""

    properties: RoleAssignmentProperties | None = None


class RoleAssignmentPropertiesWithScope(
    msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True, gc=False
):
    """Who has which role where, on what terms, and who has said so."""

    role_definition_id: str
    principal_id: str
    principal_type: str | None = None
    scope: str
    condition: str | None = None
    condition_version: str | None = None
    created_on: str
    updated_on: str
    created_by: str | None = None
    updated_by: str | None = None
    delegated_managed_identity_resource_id: str | None = None
    description: str | None = None


class RoleAssignment(msgspec.Struct, gc=False):
    """A role assignment as it is told."""

    properties: RoleAssignmentPropertiesWithScope
    id: str
    name: str
    type: str


class ValidationResponseErrorInfo(msgspec.Struct, frozen=True):
    """Why an assignment would be refused."""

    code: str
    message: str


class ValidationResponse(msgspec.Struct, rename="camel", frozen=True, omit_defaults=True):
    """What would become of an assignment."""

    is_valid: bool
    error_info: ValidationResponseErrorInfo | None = None


class RoleAssignmentMetricsResult(msgspec.Struct, rename="camel", frozen=True):
    """How many roles can be assigned in a subscription, and are."""

    subscription_id: str
    role_assignments_limit: int
    role_assignments_current_count: int
    role_assignments_remaining_count: int


def tells_type(version: str) -> bool:
    """Whether a version tells what a principal is; recorded with 2018-01-01-preview."""
    return version >= _TYPED_SINCE


def list_terms(version: str) -> frozenset[str]:
    """Which terms of an assignment a version can say; by the others nothing is meant."""
    known = {"condition", "condition_version", "delegated_identity"}
    if version < _CONDITIONAL_SINCE:
        return frozenset()
    return frozenset(known if version < _DESCRIBED_SINCE else {*known, "description"})
