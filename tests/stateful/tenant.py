"""A tenant small enough to be held in the head, made by change sets alone.

Ada and Ben are Global Administrators for ever. Cleo and the members of the jury approve what is
guarded. The crew is a role-assignable group that is eligible for one role and holds another. The
club is a group to which roles cannot be assigned.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from timebound.application.catalog import built_in_roles_by_name
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutPolicy,
    PutRole,
    PutTenant,
    Write,
)
from timebound.application.ports import Store
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, EventId, GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.policies import Policy, SignIn, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    MEMBER,
    OWNER,
    SECURITY_READER,
    RoleDefinition,
)
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant, Window

TICK: Final = timedelta(microseconds=1)
"""The least by which two instants differ."""
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

DAWN: Final = datetime(2030, 1, 1, tzinfo=UTC)
"""When the tenant is made."""
MORNING: Final = DAWN + DAY
"""When the first request is made."""
EIGHT: Final = MORNING + 8 * HOUR

ADA: Final = PrincipalId("ada")
BEN: Final = PrincipalId("ben")
CLEO: Final = PrincipalId("cleo")
DAN: Final = PrincipalId("dan")
EVE: Final = PrincipalId("eve")
PEOPLE: Final = (ADA, BEN, CLEO, DAN, EVE)

CREW: Final = PrincipalId("crew")
JURY: Final = PrincipalId("jury")
CLUB: Final = PrincipalId("club")
ASSIGNABLE: Final = (CREW, JURY)
"""The groups to which roles can be assigned."""
GROUPS: Final = (*ASSIGNABLE, CLUB)

NORTH: Final = PrincipalId("north")
PORTAL: Final = ApplicationId("portal")

READER: Final = SECURITY_READER
GUARDED: Final = built_in_roles_by_name()["Helpdesk Administrator"].template_id
ORDERLY: Final = built_in_roles_by_name()["Groups Administrator"].template_id
ROLES: Final = (GLOBAL_ADMINISTRATOR, READER, GUARDED, ORDERLY)

NORTH_SCOPE: Final = Scope(ScopeKind.DIRECTORY, f"/administrativeUnits/{NORTH}")

LONGEST_ACTIVATION: Final = 8 * HOUR
MAPPED: Final = "c1"
"""The authentication context that a sign-in can have, and that most of them lack."""
PERMISSIONS: Final = frozenset(
    {
        "RoleManagement.ReadWrite.Directory",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "RoleManagementPolicy.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "User.ReadWrite.All",
        "Group.ReadWrite.All",
        "Directory.ReadWrite.All",
    }
)


def at_root(principal_id: PrincipalId, role_id: RoleId) -> Slot:
    """The slot of a directory role over the whole tenant."""
    return Slot(principal_id, role_id, DIRECTORY_ROOT)


def member_of(group_id: PrincipalId, person: PrincipalId) -> Slot:
    """The slot of a membership."""
    return Slot(person, MEMBER, group_scope(group_id))


def owner_of(group_id: PrincipalId, person: PrincipalId) -> Slot:
    """The slot of an ownership."""
    return Slot(person, OWNER, group_scope(group_id))


def token_of(tenant_id: TenantId, person: PrincipalId, *, is_stepped_up: bool = False) -> Token:
    """A strongly signed-in person with every permission that is granted.

    Who is stepped up has signed in for the mapped context as well.
    """
    contexts = frozenset({MAPPED}) if is_stepped_up else frozenset[str]()
    sign_in = SignIn(has_mfa=True, contexts=contexts, has_claims_capability=True)
    return Token(tenant_id, person, PORTAL, PERMISSIONS, sign_in)


def outside_grant(
    grant_id: str, slot: Slot, kind: GrantKind, window: Window, at: Instant = DAWN
) -> Grant:
    """A grant that nobody requested, as the directory makes them outside PIM."""
    return Grant(GrantId(grant_id), slot, kind, window, at)


def guarded_policy() -> Policy:
    """An approval is needed: Cleo's, or that of a member of the jury."""
    rules = dict(default_policy(built_in_roles_by_name()["Helpdesk Administrator"].as_role()).rules)
    primary = (Approver(ApproverKind.USER, CLEO), Approver(ApproverKind.GROUP, JURY))
    rules["Approval_EndUser_Assignment"] = ApprovalRule(
        is_required=True, stages=(ApprovalStage(primary=primary),)
    )
    return Policy(rules)


FIRST_GRANTS: Final = (
    outside_grant(
        "ada-admin", at_root(ADA, GLOBAL_ADMINISTRATOR), GrantKind.ASSIGNED, Window(DAWN, ENDLESS)
    ),
    outside_grant(
        "ben-admin", at_root(BEN, GLOBAL_ADMINISTRATOR), GrantKind.ASSIGNED, Window(DAWN, ENDLESS)
    ),
    outside_grant("crew-reader", at_root(CREW, READER), GrantKind.ELIGIBLE, Window(DAWN, ENDLESS)),
    outside_grant(
        "crew-orderly", at_root(CREW, ORDERLY), GrantKind.ASSIGNED, Window(DAWN, ENDLESS)
    ),
)
"""What is held before anybody asks for anything."""


def tenant_writes(tenant_id: TenantId, settings: TenantSettings) -> Iterable[Write]:
    """Everything that makes the tenant."""
    yield PutTenant("Small", (f"{tenant_id}.example",), settings)
    for person in PEOPLE:
        yield PutObject(person_object(tenant_id, person))
    for group in GROUPS:
        made = DirectoryObject(group, ObjectKind.GROUP, group, DAWN)
        yield PutObject(replace(made, is_role_assignable=group in ASSIGNABLE))
    yield PutObject(DirectoryObject(NORTH, ObjectKind.ADMINISTRATIVE_UNIT, NORTH, DAWN))
    for built_in in built_in_roles_by_name().values():
        if built_in.template_id in ROLES:
            yield PutRole(
                RoleDefinition(built_in.as_role(), built_in.description, built_in.template_id)
            )
    yield PutPolicy(DIRECTORY_ROOT, GUARDED, guarded_policy())
    for permission in sorted(PERMISSIONS):
        yield GrantPermission(PORTAL, permission, is_delegated=True)
    for grant in FIRST_GRANTS:
        yield InsertGrant(grant)


def person_object(
    tenant_id: TenantId, person: PrincipalId, *, is_enabled: bool = True
) -> DirectoryObject:
    """A person as the directory keeps them."""
    name = f"{person}@{tenant_id}.example"
    made = DirectoryObject(person, ObjectKind.USER, person.title(), DAWN, user_principal_name=name)
    return replace(made, is_enabled=is_enabled)


async def make_tenant(
    store: Store, tenant_id: TenantId, settings: TenantSettings | None = None
) -> None:
    """Writes the tenant with everything in it."""
    made = Event(
        EventId(f"{tenant_id}-made"),
        EventKind.TENANT_SEEDED,
        DAWN,
        DAWN,
        tenant_id,
        Actor(),
        tenant_id,
    )
    writes = tuple(tenant_writes(tenant_id, settings or TenantSettings()))
    change = ChangeSet(tenant_id, DAWN, {}, frozenset(), writes, (made,))
    assert await store.apply(change)
