"""Assignments of providers: as clients send them, and as they are answered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from timebound.dialects.graph.convert.values import read_guid
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.wire import UnifiedRoleAssignment, UnifiedRoleAssignmentMultiple
from timebound.domain.bundles import RoleBundle
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

_NO_CONDITION: Final = "The property 'condition' cannot be set on an assignment of this kind."


def read_single(sent: UnifiedRoleAssignment, kind: ScopeKind, id_: str, at: Instant) -> RoleBundle:
    """An assignment of one principal at one place; refused when no or two places are named."""
    if sent.condition:
        raise bad_request(_NO_CONDITION)
    part, app = sent.directory_scope_id or sent.resource_scope, sent.app_scope_id
    if not part and not app:
        raise bad_request("The property 'appScopeId' is missing, and 'directoryScopeId' as well.")
    if part and app:
        raise bad_request("The property 'appScopeId' contradicts 'directoryScopeId': give one.")
    return RoleBundle(
        id_,
        kind,
        RoleId(read_guid(sent.role_definition_id, "roleDefinitionId")),
        at,
        principal_ids=(PrincipalId(read_guid(sent.principal_id, "principalId")),),
        part_ids=(part,) if part else (),
        app_ids=(app,) if app else (),
    )


def read_multiple(
    sent: UnifiedRoleAssignmentMultiple, kind: ScopeKind, id_: str, at: Instant
) -> RoleBundle:
    """An assignment of several principals at several places; refused with what is missing."""
    role_id = RoleId(read_guid(sent.role_definition_id, "roleDefinitionId"))
    if not sent.principal_ids:
        raise bad_request("The property 'principalIds' is missing.")
    if not (sent.directory_scope_ids or sent.app_scope_ids):
        raise bad_request("The property 'directoryScopeIds' is missing, and 'appScopeIds' as well.")
    return read_change(sent)(RoleBundle(id_, kind, role_id, at))


def read_change(sent: UnifiedRoleAssignmentMultiple) -> Callable[[RoleBundle], RoleBundle]:
    """What a body wants to be different about an assignment; its role stays what it is."""
    if sent.condition:
        raise bad_request(_NO_CONDITION)
    given: dict[str, object] = {}
    if sent.display_name is not None:
        given["display_name"] = sent.display_name
    if sent.description is not None:
        given["description"] = sent.description
    if sent.principal_ids is not None:
        people = (read_guid(one, "principalIds") for one in sent.principal_ids)
        given["principal_ids"] = tuple(dict.fromkeys(PrincipalId(one) for one in people))
    if sent.directory_scope_ids is not None:
        given["part_ids"] = tuple(dict.fromkeys(sent.directory_scope_ids))
    if sent.app_scope_ids is not None:
        given["app_ids"] = tuple(dict.fromkeys(sent.app_scope_ids))
    return lambda bundle: replace(bundle, **given)  # type: ignore[arg-type]  # names of its fields


def show_single(bundle: RoleBundle, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleAssignment` of a provider."""
    del wording  # every version and tenant reads the same
    return {
        "id": bundle.id,
        "principalId": bundle.principal_ids[0] if bundle.principal_ids else None,
        "roleDefinitionId": bundle.role_id,
        "directoryScopeId": bundle.part_ids[0] if bundle.part_ids else None,
        "appScopeId": bundle.app_ids[0] if bundle.app_ids else None,
        "condition": None,
    }


def keep_answered_single(bundle: RoleBundle, shown: Mapping[str, object]) -> dict[str, object]:
    """What comes of an assignment when nothing is selected."""
    del bundle  # whatever the assignment
    return {name: value for name, value in shown.items() if name != "condition"}


def show_multiple(bundle: RoleBundle, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleAssignmentMultiple`."""
    del wording  # every version and tenant reads the same
    return {
        "id": bundle.id,
        "description": bundle.description,
        "displayName": bundle.display_name,
        "roleDefinitionId": bundle.role_id,
        "principalIds": list(bundle.principal_ids),
        "directoryScopeIds": list(bundle.part_ids),
        "appScopeIds": list(bundle.app_ids),
        "condition": None,
    }


def show_app_scope(app_id: str, wording: Wording) -> dict[str, object]:
    """An `appScope`; what kind of thing it is stands in its id."""
    del wording  # every version and tenant reads the same
    kind, slash, _ = app_id.strip("/").partition("/")
    return {"id": app_id, "displayName": None, "type": kind if slash else None}
