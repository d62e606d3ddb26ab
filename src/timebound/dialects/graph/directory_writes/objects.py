"""Users, groups, units, applications and service principals made, changed and deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec import UnsetType

from timebound.application.directory.memberships import add_to_group
from timebound.application.directory.objects import (
    NewObject,
    create_object,
    delete_object,
    update_object,
)
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import (
    DONE,
    read_key,
    show_made,
    take,
    work_of,
)
from timebound.dialects.graph.directory_writes.bodies import (
    AdministrativeUnit,
    Application,
    Group,
    ServicePrincipal,
    User,
)
from timebound.dialects.graph.directory_writes.keys import take_keys
from timebound.dialects.graph.directory_writes.reading import (
    Body,
    read_changes,
    read_guid,
    read_references,
    refuse,
    require,
)
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.wire import read_body
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.directory_changes import ObjectChanges
from timebound.domain.events import Fact
from timebound.domain.first_party import (
    GRAPH_APP_ID,
    PROGRAMS,
    make_graph_account,
    make_program_account,
)
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.roles import MEMBER

_BODIES: Final[Mapping[ObjectKind, type[Body]]] = {
    ObjectKind.USER: User,
    ObjectKind.GROUP: Group,
    ObjectKind.ADMINISTRATIVE_UNIT: AdministrativeUnit,
    ObjectKind.APPLICATION: Application,
    ObjectKind.SERVICE_PRINCIPAL: ServicePrincipal,
}
_MEMBERS: Final = "members@odata.bind"
_OWNERS: Final = "owners@odata.bind"


async def create_user(call: Call) -> Answer:
    """Makes a person; of their password a hash is kept."""
    body = read_body(call.body, User)
    needed = ("accountEnabled", "displayName", "mailNickname", "userPrincipalName")
    require(body, "User", *needed, "passwordProfile")
    changes = read_changes(body)
    if changes.password is None:
        raise refuse("A value is required for property 'passwordProfile/password'.")
    new = _make(call, ObjectKind.USER, changes, {"userType": "Member"})
    return await _create(call, NewObject(new, changes.password), "users")


async def create_group(call: Call) -> Answer:
    """Makes a group, with its members and owners if they are bound."""
    body = read_body(call.body, Group)
    require(body, "Group", "displayName", "mailEnabled", "mailNickname", "securityEnabled")
    new = _make(call, ObjectKind.GROUP, read_changes(body), {"groupTypes": ()})
    members = read_references(body.members, _MEMBERS)
    owners = read_references(body.owners, _OWNERS)
    return await _create(call, NewObject(new, member_ids=members, owner_ids=owners), "groups")


def create_unit(path: str) -> Handler:
    """The handler that makes an administrative unit, in the set at the path."""

    async def handle(call: Call) -> Answer:
        body = read_body(call.body, AdministrativeUnit)
        require(body, "AdministrativeUnit", "displayName")
        new = _make(call, ObjectKind.ADMINISTRATIVE_UNIT, read_changes(body), {})
        return await _create(call, NewObject(new), path)

    return handle


async def create_application(call: Call) -> Answer:
    """Registers an application under a new application id."""
    body = read_body(call.body, Application)
    require(body, "Application", "displayName")
    common: dict[str, Fact] = {"signInAudience": "AzureADMyOrg", "identifierUris": ()}
    changes = take_keys(call, read_changes(body))
    new = _make(call, ObjectKind.APPLICATION, changes, common)
    new = replace(new, app_id=ApplicationId(call.ports.ids.new_id()))
    return await _create(call, NewObject(new), "applications")


async def create_service_principal(call: Call) -> Answer:
    """Makes the account of an application that is registered here, or of one of Microsoft's."""
    body = read_body(call.body, ServicePrincipal)
    require(body, "ServicePrincipal", "appId")
    app_id = ApplicationId(read_guid(body.app_id, "appId"))
    if app_id == GRAPH_APP_ID:
        graph = make_graph_account(PrincipalId(""), call.at)
        return await _create(call, NewObject(graph), "servicePrincipals")
    registered = await _find_registered(call, app_id)
    if registered is None and app_id in PROGRAMS:
        program = make_program_account(PROGRAMS[app_id], PrincipalId(""), call.at)
        return await _create(call, NewObject(program), "servicePrincipals")
    known: dict[str, Fact] = {
        "servicePrincipalNames": (app_id,),
        "servicePrincipalType": "Application",
        "appOwnerOrganizationId": call.token.tenant_id,
        "appRoleAssignmentRequired": False,
    }
    changes = take_keys(call, read_changes(body))
    new = _make(call, ObjectKind.SERVICE_PRINCIPAL, changes, known)
    # Whether there is such an application is decided with the rest.
    name = registered.display_name if registered else app_id
    new = replace(new, app_id=app_id, display_name=name)
    return await _create(call, NewObject(new), "servicePrincipals")


def update(kind: ObjectKind) -> Handler:
    """The handler that changes an object of a kind."""

    async def handle(call: Call) -> Answer:
        body = read_body(call.body, _BODIES[kind])
        object_id = await find_id(call, kind)
        bound = _read_bound(body)
        changes = take_keys(call, read_changes(body))
        if bound and changes.names:
            raise refuse(f"The property '{_MEMBERS}' is sent together with other properties.")
        if bound:
            await take(call, await add_to_group(work_of(call), object_id, MEMBER, bound))
            return DONE
        keeper = call.ports.secrets
        await take(call, await update_object(work_of(call), keeper, kind, object_id, changes))
        return DONE

    return handle


def _read_bound(body: Body) -> tuple[PrincipalId, ...]:
    """The members that a group gets; owners are added by reference alone."""
    if not isinstance(body, Group):
        return ()
    if not isinstance(body.owners, UnsetType):
        raise refuse(f"The property '{_OWNERS}' is taken only when a group is made.")
    return read_references(body.members, _MEMBERS)


def delete(kind: ObjectKind) -> Handler:
    """The handler that deletes an object of a kind."""

    async def handle(call: Call) -> Answer:
        object_id = await find_id(call, kind)
        await take(call, await delete_object(work_of(call), object_id, kind))
        return DONE

    return handle


async def _create(call: Call, new: NewObject, path: str) -> Answer:
    made = await take(call, await create_object(work_of(call), call.ports.secrets, new))
    return show_made(call, made, path)


def _make(
    call: Call, kind: ObjectKind, changes: ObjectChanges, defaults: Mapping[str, Fact]
) -> DirectoryObject:
    attributes = {**defaults, **changes.attributes}
    mail = attributes.pop("mail", None)
    return DirectoryObject(
        id=PrincipalId(""),
        kind=kind,
        display_name=changes.display_name or "",
        created_at=call.at,
        is_enabled=changes.is_enabled is not False,
        user_principal_name=changes.user_principal_name,
        mail=mail if isinstance(mail, str) else None,
        is_role_assignable=changes.is_role_assignable is True,
        attributes=attributes,
    )


async def _find_registered(call: Call, app_id: ApplicationId) -> DirectoryObject | None:
    """The application as it is registered in the tenant."""
    loaded = await call.ports.store.load_names(call.token.tenant_id, (), (app_id,))
    return loaded.names.find_program(ObjectKind.APPLICATION, app_id)


async def find_id(call: Call, kind: ObjectKind) -> PrincipalId:
    """The object id in the path; a person can be named by their user principal name too."""
    key = call.keys[0]
    if kind is not ObjectKind.USER or "@" not in key:
        return read_key(call)
    record = await call.ports.store.find_user(call.token.tenant_id, key)
    if record is None:
        raise Refusal(say_missing(key))
    return record.owner.id
