"""Graph ends the sign-ins of people: their own, and those of others for who resets passwords."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.dialects.graph.office import (
    ALL_PERMISSIONS,
    HANA,
    NORA,
    PLAIN_GROUP,
    TENANT,
    Office,
)
from tests.dialects.graph.writing import (
    USER_ADMINISTRATOR,
    code_of,
    desk,
    give,
    permit_everything,
    permit_robot,
)
from tests.support.events import read_rows
from timebound.domain.events import EventKind
from timebound.domain.ids import RoleId

HELPDESK: Final = RoleId("729827e3-9c14-49f7-bb1b-9608f156bbb8")
ACTION: Final = "revokeSignInSessions"
SINCE: Final = "signInSessionsValidFromDateTime"
DENIED: Final = (403, "Authorization_RequestDenied")
SECOND: Final = timedelta(seconds=1)


@pytest.mark.documented("Graph, user: revokeSignInSessions: 200 with a flag; $select tells since")
@pytest.mark.witness("POST me/revokeSignInSessions")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_people_end_their_own_sign_ins(office: Office, version: str) -> None:
    nora = desk(await permit_everything(office), NORA)
    answer = await office.post(nora, f"/{version}/me/{ACTION}")
    assert answer.status_code == 200, answer.text
    context = answer.json().pop("@odata.context")
    assert context.endswith(f"/{version}/$metadata#Edm.Boolean")
    assert answer.json()["value"] is True
    told = await office.get(nora, f"/{version}/me?$select={SINCE}")
    assert told.json()[SINCE] == "2031-03-04T08:00:00Z"


@pytest.mark.documented("Graph, user: revokeSignInSessions; Entra, helpdesk administrators")
@pytest.mark.witness("POST users/{id}/revokeSignInSessions")
@pytest.mark.parametrize("role_id", [HELPDESK, USER_ADMINISTRATOR])
@pytest.mark.parametrize("named", [HANA, "hana@office.example"])
async def test_administrators_end_those_of_others(
    office: Office, role_id: RoleId, named: str
) -> None:
    nora = desk(await permit_everything(office), NORA)
    path = f"/v1.0/users/{named}/microsoft.graph.{ACTION}"
    assert code_of(await office.post(nora, path)) == DENIED
    await give(office, NORA, role_id)
    assert (await office.post(nora, path)).json()["value"] is True
    told = await office.get(nora, f"/v1.0/users/{HANA}?$select={SINCE}")
    assert told.json()[SINCE].startswith("2031-03-04T08:00:00")


@pytest.mark.documented("Graph permissions: User.RevokeSessions.All, delegated and application")
async def test_an_application_needs_one_of_its_permissions(office: Office) -> None:
    path = f"/v1.0/users/{HANA}/{ACTION}"
    refused = await office.post(await permit_robot(office, "User.Read.All"), path)
    assert code_of(refused) == (403, "PermissionScopeNotGranted")
    allowed = await office.post(await permit_robot(office, "User.RevokeSessions.All"), path)
    assert allowed.json()["value"] is True
    alone = await office.post(office.sign_in(NORA, ALL_PERMISSIONS), f"/v1.0/me/{ACTION}")
    assert code_of(alone) == (403, "PermissionScopeNotGranted")


@pytest.mark.inferred("promise of the design: every refusal names what is not there")
async def test_only_people_have_sign_ins(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    await give(office, NORA, USER_ADMINISTRATOR)
    for key in (PLAIN_GROUP, HANA.replace("2", "3"), "nobody@office.example"):
        answer = await office.post(nora, f"/v1.0/users/{key}/{ACTION}")
        assert code_of(answer) == (404, "Request_ResourceNotFound")
    robot = await permit_robot(office, "User.RevokeSessions.All")
    assert code_of(await office.post(robot, f"/v1.0/me/{ACTION}")) == (400, "BadRequest")


@pytest.mark.inferred("a token from before counts no more at our doors, one from then on does")
async def test_tokens_of_before_are_refused(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    at = office.clock.at
    for key, issued_at in (("old", at - SECOND), ("new", at)):
        found = replace(office.tokens.known[nora], issued_at=issued_at)
        office.tokens.known[key] = found
        assert (await office.get(key, "/v1.0/me")).status_code == 200
    assert (await office.post(nora, f"/v1.0/me/{ACTION}")).status_code == 200
    assert code_of(await office.get("old", "/v1.0/me")) == (401, "InvalidAuthenticationToken")
    for read in ("/v1.0/users", "/v1.0/roleManagement/directory/roleDefinitions"):
        assert (await office.get("old", read)).status_code == 401
    assert (await office.patch("old", f"/v1.0/users/{HANA}", {"city": "Oslo"})).status_code == 401
    assert (await office.get("new", "/v1.0/me")).status_code == 200


@pytest.mark.inferred("promises 4 and 5 of the design: done or refused, it is told")
async def test_it_is_told(office: Office, tmp_path: Path) -> None:
    nora = desk(await permit_everything(office), NORA)
    await office.post(nora, f"/v1.0/users/{HANA}/{ACTION}")
    await office.post(nora, f"/v1.0/users/{NORA}/{ACTION}")
    rows = await read_rows(f"sqlite:///{tmp_path / 'office.db'}", "events", TENANT)
    kinds = [(EventKind(row["kind"]), row["subject_id"]) for row in rows]
    assert kinds == [(EventKind.CHANGE_REFUSED, HANA), (EventKind.SESSIONS_ENDED, NORA)]
