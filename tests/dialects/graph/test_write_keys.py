"""Certificates of applications over HTTP: sent as a whole list, told without their contents."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.graph.office import GRACE, NORA, TENANT, Office
from tests.dialects.graph.test_write_programs import BAD, DENIED, make_program
from tests.dialects.graph.writing import (
    APPLICATION_ADMINISTRATOR,
    code_of,
    desk,
    give,
    make,
    permit_everything,
    permit_robot,
    reference,
)
from tests.support.events import read_events
from tests.support.proving import KeyHolder, make_holder
from timebound.application.certificates import list_certificates
from timebound.domain.events import EventKind
from timebound.domain.ids import ApplicationId

BEGIN, LIFE = datetime(2030, 1, 1, tzinfo=UTC), timedelta(days=3650)
FIRST = make_holder("first", BEGIN, LIFE)
SECOND = make_holder("second", BEGIN, LIFE)
CURVE = make_holder("curve", BEGIN, LIFE, is_elliptic=True)
WEAK = make_holder("weak", BEGIN, LIFE, bits=1024)
KINDS = ("applications", "servicePrincipals")


def a_key(holder: KeyHolder, **changes: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": b64encode(holder.der).decode(),
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


async def send(office: Office, who: str, path: str, *keys: object) -> Any:  # noqa: ANN401 - an answer of the client
    return await office.patch(who, path, {"keyCredentials": list(keys)})


async def whole(office: Office, who: str, path: str) -> list[dict[str, Any]]:
    answer = await office.get(who, f"{path}?$select=id,keyCredentials")
    keys: list[dict[str, Any]] = answer.json()["keyCredentials"]
    return keys


async def counted(office: Office, app_id: str, at: datetime) -> set[bytes]:
    """What the application could prove itself by at an instant."""
    programs = await office.store.find_programs(TENANT, [ApplicationId(app_id)])
    found = (list_certificates(one.attributes, at) for one in programs)
    return {one.content for several in found for one in several}


@pytest.mark.documented("keyCredential: properties; update application")
@pytest.mark.witness("PATCH applications/{id}", "PATCH servicePrincipals/{id}")
@pytest.mark.witness("GET servicePrincipals/{id}", "GET applications/{id}")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_certificate_is_kept_and_told(office: Office, kind: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    path = f"/v1.0/{kind}/{(application if kind == 'applications' else account)['id']}"
    assert (await send(office, grace, path, a_key(FIRST, displayName="Job"))).status_code == 204
    told = (await office.get(grace, path)).json()["keyCredentials"][0]
    assert told == {
        "customKeyIdentifier": FIRST.sha1.hex().upper(),
        "displayName": "Job",
        "endDateTime": "2039-12-30T00:00:00Z",
        "key": None,
        "keyId": told["keyId"],
        "startDateTime": "2030-01-01T00:00:00Z",
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }
    listed = (await office.get(grace, f"/v1.0/{kind}?$select=id,keyCredentials")).json()["value"]
    keys = [key for one in listed for key in one["keyCredentials"]]
    assert [key["key"] for key in keys] == [None]
    assert (await whole(office, grace, path))[0]["key"] == b64encode(FIRST.der).decode()
    assert await counted(office, application["appId"], BEGIN) == {FIRST.der}


@pytest.mark.documented("update application: what is not sent again is gone, a key id alone keeps")
async def test_the_list_is_sent_whole(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, _ = await make_program(office, grace)
    path, app_id = f"/v1.0/applications/{application['id']}", application["appId"]
    assert (await send(office, grace, path, a_key(FIRST), a_key(CURVE))).status_code == 204
    told = (await office.get(grace, path)).json()["keyCredentials"]
    # Clients send what they were told, which has no content, with the new one.
    assert (await send(office, grace, path, told[0], a_key(SECOND))).status_code == 204
    assert await counted(office, app_id, BEGIN) == {FIRST.der, SECOND.der}
    assert next(one["keyId"] for one in await whole(office, grace, path)) == told[0]["keyId"]
    assert (await office.patch(grace, path, {"notes": "More"})).status_code == 204
    assert await counted(office, app_id, BEGIN) == {FIRST.der, SECOND.der}
    assert (await send(office, grace, path)).status_code == 204
    assert await counted(office, app_id, BEGIN) == set()
    assert code_of(await send(office, grace, path, told[0])) == BAD


@pytest.mark.documented("create application: with certificates from the start")
async def test_a_new_application_may_have_certificates(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    body = {"displayName": "Ledger", "keyCredentials": [a_key(FIRST)]}
    application = await make(office, grace, "applications", body)
    assert application["keyCredentials"][0]["key"] is None
    own = {"appId": application["appId"], "keyCredentials": [a_key(SECOND)]}
    await make(office, grace, "servicePrincipals", own)
    assert await counted(office, application["appId"], BEGIN) == {FIRST.der, SECOND.der}
    nothing = {"displayName": "X", "keyCredentials": [{"keyId": application["id"]}]}
    assert code_of(await office.post(grace, "/v1.0/applications", nothing)) == BAD


@pytest.mark.inferred("a certificate never counts beyond itself, whatever is said of it")
async def test_a_certificate_counts_within_its_times(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, _ = await make_program(office, grace)
    path, app_id = f"/v1.0/applications/{application['id']}", application["appId"]
    start, end = datetime(2031, 5, 1, tzinfo=UTC), datetime(2031, 6, 1, tzinfo=UTC)
    narrow = {"startDateTime": start.isoformat(), "endDateTime": end.isoformat()}
    assert (await send(office, grace, path, a_key(FIRST, **narrow))).status_code == 204
    moment = timedelta(seconds=1)
    at = (start - moment, start, end - moment, end)
    assert [len(await counted(office, app_id, one)) for one in at] == [0, 1, 1, 0]
    wide = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2099-01-01T00:00:00Z"}
    assert (await send(office, grace, path, a_key(FIRST, **wide))).status_code == 204
    at = (BEGIN - moment, BEGIN, BEGIN + LIFE - moment, BEGIN + LIFE)
    assert [len(await counted(office, app_id, one)) for one in at] == [0, 1, 1, 0]


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "no content": (a_key(FIRST, key=...), "keyCredentials/keyId"),
    "no certificate": (a_key(FIRST, key=b64encode(b"hello").decode()), "keyCredentials/key"),
    "no Base64": (a_key(FIRST, key="%%%"), "keyCredentials/key"),
    "a private key": (
        a_key(FIRST, key=b64encode(FIRST.private_pem.encode()).decode()),
        "keyCredentials/key",
    ),
    "a weak key": (a_key(WEAK), "keyCredentials/key"),
    "another type": (a_key(FIRST, type="X509CertAndPassword"), "keyCredentials/type"),
    "another usage": (a_key(FIRST, usage="Sign"), "keyCredentials/usage"),
    "no key id": (a_key(FIRST, keyId="first"), "keyCredentials/keyId"),
    "a long id": (a_key(FIRST, customKeyIdentifier="x" * 41), "customKeyIdentifier"),
    "no instant": (a_key(FIRST, endDateTime="soon"), "keyCredentials/endDateTime"),
    "an end before it begins": (
        a_key(FIRST, endDateTime="2029-01-01T00:00:00Z"),
        "keyCredentials/endDateTime",
    ),
}


@pytest.mark.inferred("what cannot verify a signature is no key; the property is named")
@pytest.mark.parametrize("name", UNFIT)
async def test_what_is_no_fit_certificate_is_refused(office: Office, name: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, _ = await make_program(office, grace)
    path = f"/v1.0/applications/{application['id']}"
    body, named = UNFIT[name]
    answer = await send(office, grace, path, body)
    assert answer.status_code == 400
    assert named in answer.text
    assert await counted(office, application["appId"], BEGIN) == set()
    twice = a_key(FIRST, keyId=application["id"])
    assert code_of(await send(office, grace, path, twice, twice)) == BAD
    assert code_of(await send(office, grace, path, *([a_key(CURVE)] * 51))) == BAD


@pytest.mark.documented("issue: who may not give an application a secret cannot give it a key")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_certificate_is_a_secret(office: Office, kind: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    nora = desk(office, NORA)
    application, account = await make_program(office, grace)
    path = f"/v1.0/{kind}/{(application if kind == 'applications' else account)['id']}"
    assert code_of(await send(office, nora, path, a_key(FIRST))) == DENIED
    assert (await office.post(grace, f"{path}/owners/$ref", reference(NORA))).status_code == 204
    assert (await send(office, nora, path, a_key(FIRST))).status_code == 204
    # What could come to a role is not to be had by a key of one's own.
    await give(office, account["id"], APPLICATION_ADMINISTRATOR)
    assert code_of(await send(office, nora, path, a_key(SECOND))) == DENIED
    assert await counted(office, application["appId"], BEGIN) == {FIRST.der}


@pytest.mark.documented("Application.ReadWrite.OwnedBy: what the application made, and no other")
async def test_an_application_gives_keys_to_what_it_made(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    key = await permit_robot(office, "Application.ReadWrite.OwnedBy")
    own = await make(office, key, "applications", {"displayName": "Robot's"})
    other, _ = await make_program(office, grace)
    done = await send(office, key, f"/v1.0/applications/{own['id']}", a_key(FIRST))
    assert done.status_code == 204
    refused = await send(office, key, f"/v1.0/applications/{other['id']}", a_key(FIRST))
    assert code_of(refused) == (403, "PermissionScopeNotGranted")


@pytest.mark.inferred("nothing is granted unlogged: keys come and go with events")
async def test_the_log_tells_of_certificates(office: Office, tmp_path: Path) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, _ = await make_program(office, grace)
    path = f"/v1.0/applications/{application['id']}"
    assert (await send(office, grace, path, a_key(FIRST))).status_code == 204
    key_id = (await whole(office, grace, path))[0]["keyId"]
    assert (await send(office, grace, path)).status_code == 204
    events = await read_events(f"sqlite:///{tmp_path / 'office.db'}", TENANT)
    told = {one.kind: one.data for one in events if one.data.get("keyId") == key_id}
    assert set(told) == {EventKind.SECRET_ADDED, EventKind.SECRET_REMOVED}
    thumbprint = told[EventKind.SECRET_ADDED]["customKeyIdentifier"]
    assert thumbprint == FIRST.sha1.hex().upper()
