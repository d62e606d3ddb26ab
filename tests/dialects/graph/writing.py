"""An office whose desk may write to the directory, and what its bodies look like."""

from typing import Any, Final

from tests.dialects.graph.office import DESK, ORIGIN, ROBOT, ROBOT_APP, TENANT, Office
from timebound.application.changes import ChangeSet, GrantPermission, InsertGrant
from timebound.application.queries import Query
from timebound.application.views import Audience, Relation, View
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RoleId
from timebound.domain.requirements import REQUIREMENTS
from timebound.domain.scopes import DIRECTORY_ROOT, Scope
from timebound.domain.times import ENDLESS, Window

STRONG_PASSWORD: Final = "Correct-Horse-7"
USER_ADMINISTRATOR: Final = RoleId("fe930be7-5e62-47db-91af-98c3a49a38b1")
GROUPS_ADMINISTRATOR: Final = RoleId("fdd7a751-b60b-444a-984c-02652fe8fa1c")
APPLICATION_ADMINISTRATOR: Final = RoleId("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3")
GRAPH: Final = "00000003-0000-0000-c000-000000000000"
EVERYTHING: Final = frozenset(
    name for needed in REQUIREMENTS.values() for name in (*needed.delegated, *needed.owning)
) | {"AuditLog.Read.All"}


async def permit(office: Office, *names: str, application: ApplicationId = DESK) -> None:
    """Grants permissions past consent; to the desk on behalf of people, to the robot alone."""
    flag = application == DESK
    writes = tuple(GrantPermission(application, name, flag) for name in names)
    assert await office.store.apply(ChangeSet(TENANT, office.clock.at, {}, frozenset(), writes))


async def permit_everything(office: Office) -> Office:
    """Lets the desk ask for whatever is published."""
    await permit(office, *sorted(EVERYTHING))
    return office


def desk(office: Office, who: PrincipalId) -> str:
    """The key of a token of somebody at a desk that asks for everything."""
    return office.sign_in(who, EVERYTHING)


def robot(office: Office, *names: str) -> str:
    """The key of a token of the robot with these permissions alone."""
    return office.sign_in(ROBOT, frozenset(names))


async def permit_robot(office: Office, *names: str) -> str:
    """The same, once they are granted."""
    await permit(office, *names, application=ROBOT_APP)
    return robot(office, *names)


async def give(
    office: Office, who: PrincipalId, role_id: RoleId, scope: Scope = DIRECTORY_ROOT
) -> None:
    """Makes somebody hold a role for ever, past PIM."""
    grant = Grant(
        GrantId(f"44444444-0000-4000-8000-{abs(hash((who, role_id, scope.path))) % 10**12:012}"),
        Slot(who, role_id, scope),
        GrantKind.ASSIGNED,
        Window(office.clock.at, ENDLESS),
        office.clock.at,
    )
    change = ChangeSet(TENANT, office.clock.at, {}, frozenset(), (InsertGrant(grant),))
    assert await office.store.apply(change)


async def held(office: Office, who: PrincipalId) -> set[str]:
    """The directory roles that somebody holds now, through groups too."""
    audience = Audience(TENANT, Relation.PRINCIPAL, who)
    page = await office.store.read_grants(
        View.ASSIGNMENT_INSTANCES, audience, Query(100), office.clock.at
    )
    return {row.grant.slot.role_id for row in page.rows}


def a_user(name: str = "Ada Lovelace", /, **changes: object) -> dict[str, Any]:
    """A person to be made."""
    nickname = name.partition(" ")[0].lower()
    body: dict[str, Any] = {
        "accountEnabled": True,
        "displayName": name,
        "mailNickname": nickname,
        "userPrincipalName": f"{nickname}@office.example",
        "passwordProfile": {"password": STRONG_PASSWORD},
        **changes,
    }
    return {key: value for key, value in body.items() if value is not ...}


def a_group(name: str = "Night shift", /, **changes: object) -> dict[str, Any]:
    """A security group to be made."""
    body: dict[str, Any] = {
        "displayName": name,
        "mailEnabled": False,
        "mailNickname": name.replace(" ", "").lower(),
        "securityEnabled": True,
        **changes,
    }
    return {key: value for key, value in body.items() if value is not ...}


def reference(id_: str) -> dict[str, str]:
    """The address of an object."""
    return {"@odata.id": f"{ORIGIN}/v1.0/directoryObjects/{id_}"}


def code_of(answer: Any) -> tuple[int, str]:  # noqa: ANN401 - an answer of the client
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


async def make(office: Office, who: str, path: str, body: object) -> dict[str, Any]:
    """What was made, as it was answered."""
    answer = await office.post(who, f"/v1.0/{path}", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
