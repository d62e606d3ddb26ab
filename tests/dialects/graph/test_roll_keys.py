"""Applications that roll their keys: with a proof that they have the key of one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.dialects.graph.office import DAWN, GRACE, ROBOT, ROBOT_APP, Office
from tests.dialects.graph.test_write_keys import FIRST, SECOND, a_key, counted, send, whole
from tests.dialects.graph.test_write_programs import BAD, DENIED, MISSING, make_program
from tests.dialects.graph.writing import code_of, desk, permit_everything, robot
from tests.support.proving import Assertion, KeyHolder, make_holder

AUDIENCE = "00000002-0000-0000-c000-000000000000"
THIRD = make_holder("third", datetime(2030, 1, 1, tzinfo=UTC), timedelta(days=3650))


def prove(object_id: str, holder: KeyHolder = FIRST, **changes: object) -> str:
    """A proof as the published sample makes it."""
    at = DAWN.timestamp()
    claims: dict[str, Any] = {"nbf": at, "exp": at + 600, **changes}
    dropped = frozenset({"sub", "jti"})
    return Assertion(object_id, AUDIENCE, DAWN, claims, drops=dropped).sign(holder)


async def furnish(office: Office, kind: str) -> tuple[str, dict[str, Any], str]:
    """Grace at her desk, an object that keeps the first certificate, and its path."""
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    found = application if kind == "applications" else account
    path = f"/v1.0/{kind}/{found['id']}"
    assert (await send(office, grace, path, a_key(FIRST))).status_code == 204
    return grace, found, path


async def add(office: Office, who: str, path: str, proof: str) -> httpx.Response:
    body = {"keyCredential": a_key(SECOND), "passwordCredential": None, "proof": proof}
    return await office.post(who, f"{path}/addKey", body)


async def remove(office: Office, who: str, path: str, key_id: str, proof: str) -> httpx.Response:
    return await office.post(who, f"{path}/removeKey", {"keyId": key_id, "proof": proof})


@pytest.mark.documented("application: addKey, removeKey; servicePrincipal: addKey, removeKey")
@pytest.mark.witness("POST applications/{id}/addKey", "POST applications/{id}/removeKey")
@pytest.mark.witness("POST servicePrincipals/{id}/addKey", "POST servicePrincipals/{id}/removeKey")
@pytest.mark.parametrize("kind", ["applications", "servicePrincipals"])
async def test_a_key_is_rolled(office: Office, kind: str) -> None:
    grace, found, path = await furnish(office, kind)
    made = await add(office, grace, path, prove(found["id"]))
    assert made.status_code == 200, made.text
    told = made.json()
    assert (told["customKeyIdentifier"], told["key"]) == (SECOND.sha1.hex().upper(), None)
    assert await counted(office, found["appId"], DAWN) == {FIRST.der, SECOND.der}
    old = (await whole(office, grace, path))[0]["keyId"]
    gone = await remove(office, grace, path, old, prove(found["id"], SECOND))
    assert gone.status_code == 204
    assert await counted(office, found["appId"], DAWN) == {SECOND.der}
    # The first is kept no more, so that it proves nothing.
    assert code_of(await add(office, grace, path, prove(found["id"]))) == BAD
    again = await remove(office, grace, path, old, prove(found["id"], SECOND))
    assert code_of(again) == BAD


@pytest.mark.documented("an application does not need any specific permission to roll its own keys")
async def test_an_application_rolls_its_own_keys_alone(office: Office) -> None:
    grace, other, path = await furnish(office, "servicePrincipals")
    own = f"/v1.0/servicePrincipals/{ROBOT}"
    account = (await office.get(grace, own)).json()
    assert account["appId"] == ROBOT_APP
    assert (await send(office, grace, own, a_key(FIRST))).status_code == 204
    key = robot(office)
    assert (await add(office, key, own, prove(ROBOT))).status_code == 200
    assert code_of(await add(office, key, own, prove(ROBOT, THIRD))) == BAD
    refused = await add(office, key, path, prove(other["id"]))
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] in {DENIED[1], "PermissionScopeNotGranted"}


FORGED: dict[str, Any] = {
    "no proof": lambda _: "",
    "nonsense": lambda _: "a.b.c",
    "a key that is not kept": lambda one: prove(one, SECOND),
    "for another object": lambda _: prove(GRACE),
    "for another audience": lambda one: prove(one, aud="https://graph.microsoft.com"),
    "over": lambda one: prove(one, nbf=DAWN.timestamp() - 2000, exp=DAWN.timestamp() - 1400),
    "not begun": lambda one: prove(one, nbf=DAWN.timestamp() + 400),
    "for an hour": lambda one: prove(one, exp=DAWN.timestamp() + 3600),
}


@pytest.mark.documented("application: addKey: a proof of possession of an existing key is verified")
@pytest.mark.parametrize("name", FORGED)
async def test_nobody_rolls_keys_without_one(office: Office, name: str) -> None:
    grace, found, path = await furnish(office, "applications")
    proof = FORGED[name](found["id"])
    added = await add(office, grace, path, proof)
    assert (added.status_code, "proof" in added.text) == (400, True)
    key_id = (await whole(office, grace, path))[0]["keyId"]
    removed = await remove(office, grace, path, key_id, proof)
    assert (removed.status_code, "proof" in removed.text) == (400, True)
    assert await counted(office, found["appId"], DAWN) == {FIRST.der}
    assert (await add(office, grace, path, prove(found["id"]))).status_code == 200


@pytest.mark.inferred("what the body lacks is named; what is not there cannot be rolled")
async def test_a_roll_has_to_be_whole(office: Office) -> None:
    grace, found, path = await furnish(office, "applications")
    proof = prove(found["id"])
    for body, named in (
        ({"proof": proof}, "keyCredential"),
        ({"keyCredential": a_key(SECOND)}, "proof"),
        ({"keyCredential": a_key(SECOND, key=...), "proof": proof}, "keyCredentials/key"),
        ({"keyCredential": a_key(SECOND, type="X509CertAndPassword"), "proof": proof}, "type"),
        (
            {"keyCredential": a_key(SECOND), "passwordCredential": {}, "proof": proof},
            "passwordCredential",
        ),
    ):
        answer = await office.post(grace, f"{path}/addKey", body)
        assert (answer.status_code, named in answer.text) == (400, True)
    assert code_of(await office.post(grace, f"{path}/removeKey", {"proof": proof})) == BAD
    assert code_of(await office.post(grace, f"{path}/removeKey", {"keyId": GRACE})) == BAD
    nothing = await add(office, grace, f"/v1.0/applications/{GRACE}", proof)
    assert code_of(nothing) == MISSING
