"""What belongs to what in the office, once it has been furnished.

Omar is a member of Tier 2, and Tier 2 of PIM Group; Grace owns PIM Group and the Program. Hana and
Tier 2 are in Berlin, over which Samuel is a reader. Tier 2 holds the role of Teams Administrators
for an hour, the robot that of Security Readers. Ex is deleted, and so is the group Gone.
"""

from datetime import timedelta
from typing import Final

from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    GRACE,
    HANA,
    PLAIN_GROUP,
    READER,
    ROBOT,
    SAMUEL,
    TEAMS,
    TENANT,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import GRAPH, desk, permit_everything
from timebound.application.changes import (
    AddOwner,
    AddUnitMember,
    ChangeSet,
    InsertGrant,
    PutObject,
    Write,
)
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RoleId
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, group_scope, unit_scope
from timebound.domain.times import ENDLESS, Instant, Window

PROGRAM_APP: Final = ApplicationId("6f0c2d4e-1111-4b3a-9c5d-2e7f8a9b0c1d")


def _object(number: int) -> PrincipalId:
    return PrincipalId(f"55555555-0000-4000-8000-{number:012}")


APPLICATION, GRAPH_PROGRAM, EX, GONE = (_object(number) for number in range(1, 5))
HOUR: Final = timedelta(hours=1)


def _grant(
    number: int,
    who: PrincipalId,
    role_id: RoleId,
    scope: Scope,
    *,
    end: Instant = ENDLESS,
    kind: GrantKind = GrantKind.ASSIGNED,
) -> InsertGrant:
    id_ = GrantId(f"66666666-0000-4000-8000-{number:012}")
    return InsertGrant(Grant(id_, Slot(who, role_id, scope), kind, Window(DAWN, end), DAWN))


async def furnish(office: Office) -> Office:
    """Writes it all, and lets the desk ask for whatever is published."""
    await permit_everything(office)
    later = DAWN + HOUR
    objects = (
        DirectoryObject(APPLICATION, ObjectKind.APPLICATION, "Program", DAWN, app_id=PROGRAM_APP),
        DirectoryObject(
            GRAPH_PROGRAM,
            ObjectKind.SERVICE_PRINCIPAL,
            "Microsoft Graph",
            DAWN,
            app_id=ApplicationId(GRAPH),
        ),
        DirectoryObject(
            EX,
            ObjectKind.USER,
            "Ex",
            DAWN,
            deleted_at=DAWN,
            user_principal_name="ex@office.example",
        ),
        DirectoryObject(GONE, ObjectKind.GROUP, "Gone", DAWN, deleted_at=DAWN),
    )
    writes: tuple[Write, ...] = (
        *(PutObject(one) for one in objects),
        AddUnitMember(BERLIN, HANA),
        AddUnitMember(BERLIN, TIER2),
        AddOwner(APPLICATION, GRACE),
        AddOwner(ROBOT, GRACE),
        _grant(1, TIER2, MEMBER, group_scope(PLAIN_GROUP)),
        _grant(2, GRACE, OWNER, group_scope(PLAIN_GROUP)),
        _grant(3, HANA, MEMBER, group_scope(TIER2), end=later, kind=GrantKind.ACTIVATED),
        _grant(4, SAMUEL, READER, unit_scope(BERLIN)),
        _grant(5, TIER2, TEAMS, DIRECTORY_ROOT, end=later),
        _grant(6, ROBOT, READER, DIRECTORY_ROOT),
        _grant(7, ROBOT, MEMBER, group_scope(TIER2)),
    )
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), writes))
    return office


async def list_ids(office: Office, path: str, who: PrincipalId = GRACE) -> list[str]:
    """The ids that a list has on its first page, as somebody at the desk reads it."""
    response = await office.get(desk(office, who), path)
    assert response.status_code == 200, response.text
    return [one["id"] for one in response.json()["value"]]
