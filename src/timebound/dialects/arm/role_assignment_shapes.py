"""How role assignments are told. Source: recordings of 2020 and published examples."""

from typing import Final

from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.ids import PROVIDER, spell_id, spell_role_id
from timebound.dialects.arm.names import Names
from timebound.dialects.arm.role_assignment_wire import list_terms, tells_type
from timebound.domain.azure.places import subscription_of
from timebound.domain.grants import Grant, Terms
from timebound.domain.scopes import Scope

COLLECTION: Final = "roleAssignments"
_GONE: Final = "Unknown"
"""The type of a principal that was removed for good."""


def show_assignment(
    grant: Grant,
    names: Names,
    version: str,
    *,
    is_new: bool = False,
    seen_from: Scope | None = None,
) -> dict[str, object]:
    """An assignment as a version tells it; what a version does not know it does not tell.

    What is inherited from above a subscription names its role as seen from there.
    """
    slot, terms = grant.slot, grant.terms or Terms()
    known = list_terms(version)
    principal_type = names.principal_type(slot.principal_id) or _GONE
    updated_by = terms.updated_by or terms.created_by
    properties: dict[str, object] = {
        # quirk(arm): its role has the subscription of the list in its id - Azure/azure-cli#27509
        "roleDefinitionId": spell_role_id(_find_view(slot.scope, seen_from), slot.role_id),
        "principalId": slot.principal_id,
        "principalType": principal_type if tells_type(version) else None,
        "scope": slot.scope.path,
        "condition": terms.condition if "condition" in known else None,
        "conditionVersion": terms.condition_version if "condition_version" in known else None,
        "createdOn": format_full(grant.created_at),
        "updatedOn": format_full(terms.updated_at or grant.created_at),
        # quirk(arm): who creates an assignment is not told that they did - recorded PUT of 2020
        "createdBy": None if is_new else terms.created_by,
        "updatedBy": updated_by,
        "delegatedManagedIdentityResourceId": (
            terms.delegated_identity if "delegated_identity" in known else None
        ),
        "description": terms.description if "description" in known else None,
    }
    return {
        "properties": properties,
        "id": spell_id(slot.scope, COLLECTION, grant.id),
        "type": f"{PROVIDER}/{COLLECTION}",
        "name": grant.id,
    }


def _find_view(held_at: Scope, seen_from: Scope | None) -> Scope:
    return held_at if seen_from is None or subscription_of(held_at) is not None else seen_from
