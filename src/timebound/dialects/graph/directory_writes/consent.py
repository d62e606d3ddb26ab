"""Permissions granted to applications: to act alone, and on behalf of people.

Alone they act with Microsoft Graph, or with what other applications of the tenant expose as roles;
on behalf of people with Microsoft Graph. Ids are made from what a grant says.
"""

from http import HTTPStatus

from msgspec import UnsetType

from timebound.application.app_roles import list_known_roles
from timebound.application.catalog import graph_permissions
from timebound.application.consent_reading import AppRole, Scopes, find_program
from timebound.application.directory.delegations import Delegation, change_delegation
from timebound.application.directory.programs import change_consent
from timebound.application.relations import PermissionRow
from timebound.application.views import View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.directory import (
    ALL_PRINCIPALS,
    PRINCIPAL,
    show_app_role,
    show_scopes,
    split_ids,
    split_scopes_id,
)
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_writes.answering import DONE, read_key, take, work_of
from timebound.dialects.graph.directory_writes.bodies import (
    AppRoleAssignment,
    OAuth2PermissionGrant,
)
from timebound.dialects.graph.directory_writes.reading import read_guid, refuse
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.dates import format_instant
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import GRAPH_APP_ID
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.program_changes import ConsentAsk, ConsentMode


def assign_app_role(*, is_by_resource: bool) -> Handler:
    """The handler that permits an application something of its own; by either of the two objects.

    `is_by_resource` tells that the path names the resource and not who is permitted.
    """

    async def handle(call: Call) -> Answer:
        body = read_body(call.body, AppRoleAssignment)
        principal_id = PrincipalId(read_guid(body.principal_id, "principalId"))
        resource_id = read_guid(body.resource_id, "resourceId")
        role_id = read_guid(body.app_role_id, "appRoleId")
        named = resource_id if is_by_resource else principal_id
        if read_key(call) != named:
            raise refuse("The ids in the body are not those of the object in the path.")
        resource = await _find(call, resource_id)
        permission = await _find_role(call, resource, role_id)
        if permission is None:
            raise refuse("The property 'appRoleId' names no role of the resource.")
        ask = ConsentAsk(ConsentMode.GRANT, frozenset({permission}), is_delegated=False)
        await take(call, await change_consent(work_of(call), principal_id, ask))
        principal, words = await _find(call, principal_id), Wording(call.version, call.at)
        path = f"servicePrincipals('{named}')/{_name(is_by_resource=is_by_resource)}"
        context = format_context(call.root, path, is_entity=True)
        held = AppRole(PermissionRow(principal, permission), role_id, resource)
        shown = {**show_app_role(held, words), "createdDateTime": format_instant(call.at)}
        return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown})

    return handle


def revoke_app_role(*, is_by_resource: bool) -> Handler:
    """The handler that ends such a permission."""

    async def handle(call: Call) -> Answer:
        principal_id, role_id, resource_id = _split(call.keys[1])
        resource = await _find_api(call, resource_id)
        if resource is None:
            permission = _find_graph_role(role_id)
        else:
            permission = await _find_role(call, resource, role_id)
        named = principal_id if not is_by_resource else resource and resource.id
        if permission is None or read_key(call) != named:
            raise Refusal(say_missing(call.keys[1]))
        ask = ConsentAsk(ConsentMode.REVOKE, frozenset({permission}), is_delegated=False)
        await take(call, await change_consent(work_of(call), PrincipalId(principal_id), ask))
        return DONE

    return handle


def _name(*, is_by_resource: bool) -> str:
    return "appRoleAssignedTo" if is_by_resource else "appRoleAssignments"


async def grant_scopes(call: Call) -> Answer:
    """Permits an application to act for everybody, or for one person."""
    body = read_body(call.body, OAuth2PermissionGrant)
    client_id = PrincipalId(read_guid(body.client_id, "clientId"))
    resource_id = read_guid(body.resource_id, "resourceId")
    delegation = Delegation(client_id, _read_user(body))
    resource = await _find_graph(call, resource_id)
    names = _read_scopes(body)
    await _delegate(call, delegation, ConsentMode.FIRST, names)
    scopes = Scopes(client_id, resource.id, tuple(sorted(names)), delegation.user_id)
    context = format_context(call.root, "oauth2PermissionGrants", is_entity=True)
    shown = show_scopes(scopes, Wording(call.version, call.at))
    return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown})


async def change_scopes(call: Call) -> Answer:
    """Sets what an application may do for everybody, or for a person, to exactly what is sent."""
    delegation = await _find_delegation(call)
    body = read_body(call.body, OAuth2PermissionGrant)
    if isinstance(body.scope, UnsetType):
        raise refuse("A value is required for property 'scope'.")
    names = _read_scopes(body)
    mode = ConsentMode.EXACT if names else ConsentMode.CLEAR
    await _delegate(call, delegation, mode, names)
    return DONE


async def revoke_scopes(call: Call) -> Answer:
    """Ends all that an application may do for everybody, or for a person."""
    await _delegate(call, await _find_delegation(call), ConsentMode.CLEAR, frozenset())
    return DONE


async def _delegate(
    call: Call, delegation: Delegation, mode: ConsentMode, names: frozenset[str]
) -> None:
    ask = ConsentAsk(mode, names, is_delegated=True)
    outcome = await change_delegation(work_of(call), call.ports.store, delegation, ask)
    await take(call, outcome)


async def _find_delegation(call: Call) -> Delegation:
    """Who acts for whom, by the id of the grant; one that names another service is not there."""
    ids = split_scopes_id(call.keys[0])
    if ids is None:
        raise Refusal(say_missing(call.keys[0]))
    client_id, resource_id, user_id = ids
    found = (await call.ports.store.find_objects(call.token.tenant_id, [resource_id])).values()
    if not any(one.app_id == GRAPH_APP_ID and one.deleted_at is None for one in found):
        raise Refusal(say_missing(call.keys[0]))
    return Delegation(PrincipalId(client_id), PrincipalId(user_id) if user_id else None)


def _read_user(body: OAuth2PermissionGrant) -> PrincipalId | None:
    """The person that is named, where it is not for everybody."""
    if body.consent_type == PRINCIPAL:
        return PrincipalId(read_guid(body.principal_id, "principalId"))
    if body.consent_type != ALL_PRINCIPALS:
        raise refuse(f"The property 'consentType' is neither '{ALL_PRINCIPALS}' nor '{PRINCIPAL}'.")
    if isinstance(body.principal_id, str):
        raise refuse(f"The property 'principalId' is for consentType '{PRINCIPAL}' alone.")
    return None


async def _find_graph(call: Call, resource_id: str) -> DirectoryObject:
    found = await _find(call, resource_id)
    if found.app_id != GRAPH_APP_ID:
        raise refuse("The property 'resourceId' does not name Microsoft Graph.")
    return found


async def _find(call: Call, id_: str) -> DirectoryObject:
    found = (await call.ports.store.find_objects(call.token.tenant_id, [id_])).get(id_)
    if found is None or found.deleted_at is not None:
        raise Refusal(say_missing(id_))
    return found


def _read_scopes(body: OAuth2PermissionGrant) -> frozenset[str]:
    names = frozenset(body.scope.split()) if isinstance(body.scope, str) else frozenset()
    known = graph_permissions().by_value
    for name in sorted(names):
        permission = known.get(name)
        if permission is None or permission.delegated_id is None:
            raise refuse(f"The property 'scope' names an unknown permission: '{name[:80]}'.")
    return names


async def _find_api(call: Call, resource_id: str | None) -> DirectoryObject | None:
    """The service principal of an API; that of Microsoft Graph, if there, where none is named."""
    if resource_id is None:
        return await find_program(call.read_at(call.at), View.SERVICE_PRINCIPALS, GRAPH_APP_ID)
    return await _find(call, resource_id)


async def _find_role(call: Call, resource: DirectoryObject, role_id: str) -> str | None:
    """How a role that an API knows is kept, if it is there and for applications."""
    if resource.app_id is None or resource.kind is not ObjectKind.SERVICE_PRINCIPAL:
        return None
    if resource.app_id == GRAPH_APP_ID:
        return _find_graph_role(role_id)
    app_id = ApplicationId(resource.app_id)
    registration = await find_program(call.read_at(call.at), View.APPLICATIONS, app_id)
    known = {one.id: one.permission for one in list_known_roles(registration)}
    return known.get(role_id)


def _find_graph_role(role_id: str) -> str | None:
    found = graph_permissions().by_application_id.get(role_id)
    return None if found is None else found.value


def _split(text: str) -> tuple[str, str, str | None]:
    """The holder, the role and, of an API of the tenant's own, the API that such an id names."""
    match split_ids(text):
        case (principal_id, role_id):
            return principal_id, role_id, None
        case (principal_id, role_id, resource_id):
            return principal_id, role_id, resource_id
        case _:
            raise Refusal(say_missing(text))
