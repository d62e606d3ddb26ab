"""What was deleted: seen, restored, and removed for ever."""

from datetime import timedelta

import pytest

from tests.dialects.graph.office import GRACE, HANA, NORA, OMAR, TEAMS, TIER2, Office
from tests.dialects.graph.writing import (
    a_user,
    code_of,
    desk,
    give,
    held,
    make,
    permit_everything,
)

MISSING = (404, "Request_ResourceNotFound")
DENIED = (403, "Authorization_RequestDenied")


@pytest.mark.documented("directory/deletedItems: get, restore, permanently delete")
@pytest.mark.witness(
    "GET directory/deletedItems/{id}",
    "POST directory/deletedItems/{id}/restore",
    "DELETE directory/deletedItems/{id}",
)
async def test_a_person_goes_comes_back_and_goes_for_ever(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/directory/deletedItems/{HANA}"
    assert code_of(await office.get(grace, path)) == MISSING
    assert code_of(await office.post(grace, f"{path}/restore", {})) == MISSING
    assert (await office.delete(grace, f"/v1.0/users/{HANA}")).status_code == 204
    found = (await office.get(grace, path)).json()
    assert (found["@odata.type"], found["id"]) == ("#microsoft.graph.user", HANA)
    assert (await office.post(grace, f"{path}/restore", {})).json()["displayName"] == "Hana Sato"
    assert (await office.get(grace, f"/v1.0/users/{HANA}")).status_code == 200
    assert (await office.delete(grace, f"/v1.0/users/{HANA}")).status_code == 204
    assert (await office.delete(grace, path)).status_code == 204
    assert code_of(await office.get(grace, path)) == MISSING


@pytest.mark.documented("directory/deletedItems: what was deleted can be restored for 30 days")
async def test_what_was_deleted_is_gone_after_thirty_days(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path, kept = "/v1.0/directory/deletedItems", timedelta(days=30)
    assert (await office.delete(grace, f"/v1.0/users/{HANA}")).status_code == 204
    office.clock.advance(timedelta(days=1))
    assert (await office.delete(grace, f"/v1.0/groups/{TIER2}")).status_code == 204
    office.clock.advance(kept - timedelta(days=1, microseconds=1))
    assert (await office.get(grace, f"{path}/{HANA}")).status_code == 200
    office.clock.advance(timedelta(microseconds=1))
    for kind, left in (("user", []), ("group", [TIER2])):
        found = await office.get(grace, f"{path}/microsoft.graph.{kind}")
        assert [one["id"] for one in found.json()["value"]] == left
    assert code_of(await office.get(grace, f"{path}/{HANA}")) == MISSING
    assert code_of(await office.post(grace, f"{path}/{HANA}/restore", {})) == MISSING
    assert code_of(await office.delete(grace, f"{path}/{HANA}")) == MISSING
    assert (await office.post(grace, f"{path}/{TIER2}/restore", {})).status_code == 200


@pytest.mark.inferred("the design's data: a deleted principal's grants end, a restore revives none")
async def test_a_restore_brings_back_no_role(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    await give(office, HANA, TEAMS)
    assert await held(office, HANA) == {TEAMS}
    assert (await office.delete(grace, f"/v1.0/users/{HANA}")).status_code == 204
    path = f"/v1.0/directory/deletedItems/{HANA}/restore"
    assert (await office.post(grace, path, {})).status_code == 200
    assert await held(office, HANA) == set()


@pytest.mark.inferred("the design's data: memberships end with their group")
async def test_a_group_that_comes_back_is_empty(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    assert (await office.delete(grace, f"/v1.0/groups/{TIER2}")).status_code == 204
    path = f"/v1.0/directory/deletedItems/{TIER2}/restore"
    assert (await office.post(grace, path, {})).status_code == 200
    gone = await office.delete(grace, f"/v1.0/groups/{TIER2}/members/{OMAR}/$ref")
    assert code_of(gone) == MISSING


@pytest.mark.documented("restore: refused while somebody else has the userPrincipalName")
async def test_a_name_that_was_given_away(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    first = await make(office, grace, "users", a_user())
    assert (await office.delete(grace, f"/v1.0/users/{first['id']}")).status_code == 204
    await make(office, grace, "users", a_user("Ada Byron"))
    path = f"/v1.0/directory/deletedItems/{first['id']}/restore"
    assert code_of(await office.post(grace, path, {})) == (400, "Request_BadRequest")


@pytest.mark.inferred("deny by default: restoring and removing ask for what deleting asks for")
async def test_who_may_not(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    nora = desk(office, NORA)
    assert (await office.delete(grace, f"/v1.0/users/{HANA}")).status_code == 204
    path = f"/v1.0/directory/deletedItems/{HANA}"
    assert code_of(await office.post(nora, f"{path}/restore", {})) == DENIED
    assert code_of(await office.delete(nora, path)) == DENIED
    assert code_of(await office.delete(nora, path.replace("2", "3"))) == DENIED
