"""What is synchronized from the premises: there it is changed, and here hardly."""

from dataclasses import replace

import pytest

from tests.dialects.graph.office import GRACE, HANA, PLAIN_GROUP, TENANT, Office
from tests.dialects.graph.test_write_privileged import PASSWORD
from tests.dialects.graph.writing import (
    STRONG_PASSWORD,
    code_of,
    desk,
    permit_everything,
    reference,
)
from timebound.application.changes import ChangeSet, PutObject
from timebound.domain.ids import PrincipalId

BAD = (400, "Request_BadRequest")
OBSERVED = pytest.mark.observed("microsoft-graph-docs issues 7301 and 18038")


async def sync(office: Office, id_: PrincipalId) -> None:
    """Has an object come from the premises."""
    found = (await office.store.find_objects(TENANT, [id_]))[id_]
    synced = {**found.attributes, "onPremisesSyncEnabled": True}
    write = PutObject(replace(found, attributes=synced))
    at = office.clock.at
    assert await office.store.apply(ChangeSet(TENANT, at, {}, frozenset(), (write,)))


@OBSERVED
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"displayName": "Hana S."}, "displayName"),
        ({"mobilePhone": "+81 75 1"}, "mobilePhone"),
        ({"accountEnabled": False}, "accountEnabled"),
        ({"usageLocation": "JP", "jobTitle": "Chief"}, "jobTitle"),
        (PASSWORD, "passwordProfile"),
        ({"passwordProfile": {"forceChangePasswordNextSignIn": True}}, "passwordProfile"),
    ],
)
async def test_a_synced_person_is_changed_elsewhere(
    office: Office, body: dict[str, object], named: str
) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/users/{HANA}"
    await sync(office, HANA)
    refused = await office.patch(grace, path, body)
    assert code_of(refused) == BAD
    assert f"'{named}'" in refused.json()["error"]["message"]
    asked = f"{path}?$select=jobTitle,accountEnabled,displayName"
    kept = (await office.get(grace, asked)).json()
    assert (kept["jobTitle"], kept["accountEnabled"]) == ("Colleague", True)
    assert kept["displayName"] == "Hana Sato"


@pytest.mark.documented("user: update; usageLocation and otherMails are the cloud's own")
async def test_what_is_the_cloud_s_own_is_changed_here(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    await sync(office, HANA)
    body = {"usageLocation": "JP", "otherMails": ["hana@home.example"]}
    assert (await office.patch(grace, f"/v1.0/users/{HANA}", body)).status_code == 204


@OBSERVED
async def test_a_synced_group_is_changed_elsewhere(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    await sync(office, PLAIN_GROUP)
    path = f"/v1.0/groups/{PLAIN_GROUP}"
    assert code_of(await office.patch(grace, path, {"description": "new"})) == BAD
    assert code_of(await office.post(grace, f"{path}/members/$ref", reference(HANA))) == BAD


@OBSERVED
async def test_a_synced_person_changes_their_password_elsewhere(office: Office) -> None:
    hana = desk(await permit_everything(office), HANA)
    await sync(office, HANA)
    body = {"currentPassword": "whatever-1A", "newPassword": STRONG_PASSWORD}
    refused = await office.post(hana, "/v1.0/me/changePassword", body)
    assert code_of(refused) == BAD
    assert "newPassword" in refused.json()["error"]["message"]
