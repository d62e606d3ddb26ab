"""How role assignments are told. Source: recordings of 2020 and published examples."""

from typing import Final

import msgspec

from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.ids import PROVIDER, spell_id, spell_role_id
from timebound.dialects.arm.names import principal_type
from timebound.dialects.arm.role_assignment_wire import (
    RoleAssignment,
    RoleAssignmentPropertiesWithScope,
    list_terms,
    tells_type,
)
from timebound.domain.azure.places import subscription_of
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import Grant, Terms
from timebound.domain.scopes import Scope

COLLECTION: Final = "roleAssignments"
_GONE: Final = "Unknown"
"""The type of a principal that was removed for good."""


def show_assignment(
    grant: Grant,
    principal: DirectoryObject | None,
    version: str,
    *,
    is_new: bool = False,
    seen_from: Scope | None = None,
) -> msgspec.Raw:
    """An assignment of a principal, encoded; what a version does not know it does not tell.

    What is inherited from above a subscription names its role as seen from there.
    """
    slot, terms = grant.slot, grant.terms or Terms()
    known = list_terms(version)
    updated_by = terms.updated_by or terms.created_by
    properties = RoleAssignmentPropertiesWithScope(
        # quirk(arm): its role has the subscription of the list in its id - Azure/azure-cli#27509
        role_definition_id=spell_role_id(_find_view(slot.scope, seen_from), slot.role_id),
        principal_id=slot.principal_id,
        principal_type=(principal_type(principal) or _GONE) if tells_type(version) else None,
        scope=slot.scope.path,
        condition=terms.condition if "condition" in known else None,
        condition_version=terms.condition_version if "condition_version" in known else None,
        created_on=format_full(grant.created_at),
        updated_on=format_full(terms.updated_at or grant.created_at),
        # quirk(arm): who creates an assignment is not told that they did - recorded PUT of 2020
        created_by=None if is_new else terms.created_by,
        updated_by=updated_by,
        delegated_managed_identity_resource_id=(
            terms.delegated_identity if "delegated_identity" in known else None
        ),
        description=terms.description if "description" in known else None,
    )
    id_ = spell_id(slot.scope, COLLECTION, grant.id)
    told = RoleAssignment(properties, id_, grant.id, f"{PROVIDER}/{COLLECTION}")
    return msgspec.Raw(msgspec.json.encode(told))


def _find_view(held_at: Scope, seen_from: Scope | None) -> Scope:
    return held_at if seen_from is None or subscription_of(held_at) is not None else seen_from
