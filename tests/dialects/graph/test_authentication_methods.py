"""Authentication methods over Graph: told without any secret, and taken from others."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.dialects.graph.office import GRACE, HANA, HENRIK, NORA, SAMUEL, TENANT, Office
from tests.dialects.graph.writing import (
    USER_ADMINISTRATOR,
    code_of,
    desk,
    give,
    permit_everything,
    permit_robot,
)
from tests.support.events import read_rows
from timebound.application.changes import ChangeSet, PutFactor, PutSecret, Write
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.sign_in_methods import PASSWORD_ID
from timebound.domain.events import EventKind
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.roles import GLOBAL_READER

AUTHENTICATION: Final = RoleId("c4e39bd9-1100-46d3-8c65-fb160da0071f")
PRIVILEGED: Final = RoleId("7be44c8a-adaf-4e2a-84d6-ab2649e08a13")
DENIED: Final = (403, "Authorization_RequestDenied")
UNPERMITTED: Final = (403, "PermissionScopeNotGranted")
MISSING: Final = (404, "Request_ResourceNotFound")
APP_ID: Final = "77777777-0000-4000-8000-000000000001"
KEY_ID: Final = "Key-Of_Ada123"
SECRET: Final = b"never-to-be-shown"
FIDO: Final[dict[str, Any]] = {
    "id": KEY_ID,
    "displayName": None,
    "createdDateTime": "2031-03-04T08:00:00Z",
    "aaGuid": None,
    "model": None,
    "attestationCertificates": [],
    "attestationLevel": "notAttested",
}
APP: Final = {"id": APP_ID, "secretKey": None}
PASSWORD: Final = {"id": PASSWORD_ID, "password": None, "createdDateTime": None}
SINCE: Final = "signInSessionsValidFromDateTime"


async def equip(office: Office, who: PrincipalId = HANA) -> None:
    """Gives somebody a password, an app, a passkey, and codes on paper."""
    at = office.clock.at
    kinds = {APP_ID: FactorKind.TOTP, KEY_ID: FactorKind.PASSKEY, "paper": FactorKind.RECOVERY}
    writes: tuple[Write, ...] = (
        PutSecret(who, "password", "a hash"),
        *(PutFactor(Factor(who, id_, kind, SECRET, at)) for id_, kind in kinds.items()),
    )
    assert await office.store.apply(ChangeSet(TENANT, at, {}, frozenset(), writes))


async def left(office: Office, who: PrincipalId = HANA) -> list[str]:
    return sorted(one.id for one in await office.store.list_factors(TENANT, who))


def typed(name: str, one: dict[str, Any]) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{name}AuthenticationMethod", **one}


EVERYTHING: Final = [
    typed("password", PASSWORD),
    typed("softwareOath", APP),
    typed("fido2", FIDO),
]


@pytest.mark.documented("Graph, authentication: list methods, and those of a kind; get one")
@pytest.mark.witness("GET users/{id}/authentication/methods")
@pytest.mark.witness("GET users/{id}/authentication/methods/{id}")
@pytest.mark.witness("GET users/{id}/authentication/passwordMethods")
@pytest.mark.witness("GET users/{id}/authentication/passwordMethods/{id}")
@pytest.mark.witness("GET users/{id}/authentication/softwareOathMethods")
@pytest.mark.witness("GET users/{id}/authentication/softwareOathMethods/{id}")
@pytest.mark.witness("GET users/{id}/authentication/fido2Methods")
@pytest.mark.witness("GET users/{id}/authentication/fido2Methods/{id}")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize("key", [HANA, "Hana@office.example"])
async def test_the_methods_of_somebody_are_told(office: Office, version: str, key: str) -> None:
    await equip(office)
    await give(office, NORA, AUTHENTICATION)
    nora = desk(await permit_everything(office), NORA)
    root = f"/{version}/users/{key}/authentication"
    told = (await office.get(nora, f"{root}/methods")).json()
    assert told["@odata.context"].endswith(f"#users('{key}')/authentication/methods")
    assert sorted(told["value"], key=str) == sorted(EVERYTHING, key=str)
    kinds = {"passwordMethods": PASSWORD, "softwareOathMethods": APP, "fido2Methods": FIDO}
    for name, one in kinds.items():
        listed = (await office.get(nora, f"{root}/{name}")).json()
        assert listed["value"] == [one]
        found = (await office.get(nora, f"{root}/{name}/{one['id']}")).json()
        assert {n: value for n, value in found.items() if "@" not in n} == one
        whole = (await office.get(nora, f"{root}/methods/{one['id']}")).json()
        expected = typed(name.removesuffix("Methods"), one)
        assert {n: v for n, v in whole.items() if n != "@odata.context"} == expected
    other = await office.get(nora, f"{root}/fido2Methods/{APP_ID}")
    assert code_of(other) == MISSING


@pytest.mark.documented("Graph, authentication methods: acting on self")
@pytest.mark.witness("GET me/authentication/methods")
@pytest.mark.witness("GET me/authentication/methods/{id}")
@pytest.mark.witness("GET me/authentication/passwordMethods")
@pytest.mark.witness("GET me/authentication/passwordMethods/{id}")
@pytest.mark.witness("GET me/authentication/softwareOathMethods")
@pytest.mark.witness("GET me/authentication/softwareOathMethods/{id}")
@pytest.mark.witness("GET me/authentication/fido2Methods")
@pytest.mark.witness("GET me/authentication/fido2Methods/{id}")
@pytest.mark.parametrize("root", ["me", f"users/{HANA}", "users/hana@office.example"])
async def test_people_read_their_own(office: Office, root: str) -> None:
    await permit_everything(office)
    await equip(office)
    hana = office.sign_in(HANA, frozenset({"UserAuthenticationMethod.Read"}))
    path = f"/v1.0/{root}/authentication"
    told = (await office.get(hana, f"{path}/methods")).json()["value"]
    assert sorted(told, key=str) == sorted(EVERYTHING, key=str)
    kinds = {"passwordMethods": PASSWORD, "softwareOathMethods": APP, "fido2Methods": FIDO}
    for name, one in kinds.items():
        id_ = one["id"]
        assert (await office.get(hana, f"{path}/{name}")).json()["value"] == [one]
        assert (await office.get(hana, f"{path}/{name}/{id_}")).json()["id"] == id_
        assert (await office.get(hana, f"{path}/methods/{id_}")).json()["id"] == id_
    other = f"/v1.0/users/{SAMUEL}/authentication/methods"
    assert code_of(await office.get(hana, other)) == UNPERMITTED
    assert code_of(await office.get(office.sign_in(HANA), f"{path}/methods")) == UNPERMITTED


@pytest.mark.documented("Graph, authentication methods: acting on others needs one of three roles")
@pytest.mark.parametrize("role_id", [AUTHENTICATION, PRIVILEGED, GLOBAL_READER])
async def test_who_reads_those_of_others(office: Office, role_id: RoleId) -> None:
    nora = desk(await permit_everything(office), NORA)
    path = f"/v1.0/users/{HENRIK}/authentication/methods"
    await give(office, NORA, USER_ADMINISTRATOR)
    assert code_of(await office.get(nora, path)) == DENIED
    await give(office, NORA, role_id)
    assert (await office.get(nora, path)).json()["value"] == []
    missing = f"/v1.0/users/{HENRIK.replace('2', '3')}/authentication/methods"
    assert code_of(await office.get(nora, missing)) == MISSING
    robot = await permit_robot(office, "UserAuthenticationMethod.Read.All")
    assert (await office.get(robot, path)).status_code == 200
    own = "/v1.0/me/authentication/methods"
    assert code_of(await office.get(robot, own)) == (400, "BadRequest")


@pytest.mark.documented("Graph: delete fido2AuthenticationMethod, softwareOathAuthenticationMethod")
@pytest.mark.witness("DELETE users/{id}/authentication/fido2Methods/{id}")
@pytest.mark.witness("DELETE users/{id}/authentication/softwareOathMethods/{id}")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_a_lost_factor_is_taken_away(office: Office, version: str) -> None:
    await equip(office)
    await give(office, NORA, AUTHENTICATION)
    nora = desk(await permit_everything(office), NORA)
    root = f"/{version}/users/hana@office.example/authentication"
    wrong = await office.delete(nora, f"{root}/softwareOathMethods/{KEY_ID}")
    assert code_of(wrong) == MISSING
    gone = await office.delete(nora, f"{root}/fido2Methods/{KEY_ID}")
    assert gone.status_code == 204, gone.text
    assert await left(office) == [APP_ID, "paper"]
    # With the last one go the codes that stand in for it.
    gone = await office.delete(nora, f"{root}/softwareOathMethods/{APP_ID}")
    assert gone.status_code == 204, gone.text
    assert await left(office) == []
    again = await office.delete(nora, f"{root}/softwareOathMethods/{APP_ID}")
    assert code_of(again) == MISSING


@pytest.mark.inferred("issue 3: who lost a factor may have lost the sessions that it opened")
async def test_it_ends_the_sign_ins_of_the_person(office: Office) -> None:
    await equip(office)
    office.clock.advance(timedelta(hours=1))
    path = f"/v1.0/users/{HANA}/authentication/fido2Methods/{KEY_ID}"
    assert (await office.delete(desk(await permit_everything(office), GRACE), path)).is_success
    told = await office.get(GRACE, f"/v1.0/users/{HANA}?$select={SINCE}")
    assert told.json()[SINCE] == "2031-03-04T09:00:00Z"


@pytest.mark.documented("Entra, authentication administrators: who may reset whose methods")
async def test_privileged_people_are_reset_by_those_who_may(office: Office) -> None:
    await equip(office, SAMUEL)
    nora = desk(await permit_everything(office), NORA)
    path = f"/v1.0/users/{SAMUEL}/authentication/fido2Methods/{KEY_ID}"
    await give(office, NORA, AUTHENTICATION)
    assert code_of(await office.delete(nora, path)) == DENIED
    await give(office, NORA, PRIVILEGED)
    assert (await office.delete(nora, path)).status_code == 204


@pytest.mark.inferred("issue 3: an application needs the permission over roles besides its own")
async def test_an_application_resets_whom_it_may(office: Office) -> None:
    await equip(office)
    await equip(office, SAMUEL)
    own, over = "UserAuthenticationMethod.ReadWrite.All", "RoleManagement.ReadWrite.Directory"
    path = f"/v1.0/users/{HANA}/authentication/fido2Methods/{KEY_ID}"
    reading = await permit_robot(office, "UserAuthenticationMethod.Read.All")
    assert code_of(await office.delete(reading, path)) == UNPERMITTED
    robot = await permit_robot(office, own)
    assert (await office.delete(robot, path)).status_code == 204
    path = path.replace(HANA, SAMUEL)
    assert code_of(await office.delete(robot, path)) == UNPERMITTED
    assert (await office.delete(await permit_robot(office, own, over), path)).status_code == 204


@pytest.mark.inferred("ASVS 5.0, 7.5.1: who changes what they sign in with signs in anew first")
async def test_nobody_takes_their_own(office: Office) -> None:
    await equip(office, GRACE)
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/users/{GRACE}/authentication/fido2Methods/{KEY_ID}"
    assert code_of(await office.delete(grace, path)) == DENIED
    assert await left(office, GRACE) == [APP_ID, KEY_ID, "paper"]


@pytest.mark.inferred("promises 4 and 5 of the design: done or refused, it is told, and no secret")
async def test_it_is_told(office: Office, tmp_path: Path) -> None:
    await equip(office)
    nora = desk(await permit_everything(office), NORA)
    path = f"/v1.0/users/{HANA}/authentication/softwareOathMethods/{APP_ID}"
    await office.delete(nora, path)
    await give(office, NORA, AUTHENTICATION)
    await office.delete(nora, path)
    rows = await read_rows(f"sqlite:///{tmp_path / 'office.db'}", "events", TENANT)
    kinds = [EventKind(row["kind"]) for row in rows if row["subject_id"] == HANA]
    assert sorted(kinds, key=str) == sorted(
        [EventKind.CHANGE_REFUSED, EventKind.FACTOR_REMOVED, EventKind.SESSIONS_ENDED], key=str
    )
    assert not any(SECRET.decode() in str(dict(row)) for row in rows)
