"""The accounts of programs that Microsoft's tenants know without a registration, over HTTP."""

from typing import Any, Final

import pytest

from tests.dialects.graph.office import DAWN, GRACE, HANA, TENANT, Office
from tests.dialects.graph.writing import (
    code_of,
    desk,
    make,
    permit_everything,
)
from tests.storage.racing import RandomIds
from timebound.application.changes import ChangeSet, PutObject
from timebound.application.engine import Engine
from timebound.application.first_use import admit_program
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId

CLI: Final = ApplicationId("04b07795-8ddb-461a-bbee-02f9e1bf7b46")
OWNER: Final = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
PATH: Final = "/v1.0/servicePrincipals"
DENIED: Final = (403, "Authorization_RequestDenied")

pytestmark = pytest.mark.documented("servicePrincipal: appId, appOwnerOrganizationId, replyUrls")


async def use(office: Office) -> None:
    """Somebody asks for a token for the program."""
    await admit_program(Engine(office.store, RandomIds()), TENANT, CLI, office.clock.at)


async def list_accounts(office: Office, who: str) -> list[dict[str, Any]]:
    answer = await office.get(who, f"{PATH}?$filter=appId eq '{CLI}'")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


async def test_an_administrator_makes_it_known(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    assert await list_accounts(office, grace) == []
    made = await make(office, grace, "servicePrincipals", {"appId": CLI.upper()})
    (listed,) = await list_accounts(office, grace)
    assert listed["id"] == made["id"]
    told = {name: made[name] for name in ("displayName", "appId", "appOwnerOrganizationId")}
    assert told == {
        "displayName": "Microsoft Azure CLI",
        "appId": CLI,
        "appOwnerOrganizationId": OWNER,
    }
    assert "http://localhost" in made["replyUrls"]
    again = await office.post(grace, PATH, {"appId": CLI})
    assert code_of(again) == (409, "Request_MultipleObjectsWithSameKeyValue")


async def test_its_first_use_makes_the_same(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    await use(office)
    (used,) = await list_accounts(office, grace)
    assert (await office.delete(grace, f"{PATH}/{used['id']}")).status_code == 204
    made = await make(office, grace, "servicePrincipals", {"appId": CLI})
    assert used.pop("id") != made["id"]
    assert {name: made[name] for name in used} == used


async def test_what_is_deleted_stays_away_until_it_is_made_again(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    await use(office)
    (used,) = await list_accounts(office, grace)
    path = f"{PATH}/{used['id']}"
    assert (await office.delete(grace, path)).status_code == 204
    await use(office)
    assert await list_accounts(office, grace) == []
    deleted = f"/v1.0/directory/deletedItems/{used['id']}"
    assert (await office.delete(grace, deleted)).status_code == 204
    await use(office)
    assert await list_accounts(office, grace) == []
    made = await make(office, grace, "servicePrincipals", {"appId": CLI})
    assert [one["id"] for one in await list_accounts(office, grace)] == [made["id"]]


async def test_it_takes_an_administrator(office: Office) -> None:
    hana = desk(await permit_everything(office), HANA)
    assert code_of(await office.post(hana, PATH, {"appId": CLI})) == DENIED


async def test_what_the_tenant_has_registered_is_its_own(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    id_ = PrincipalId("12345678-0000-4000-8000-00000000000c")
    own = DirectoryObject(id_, ObjectKind.APPLICATION, "Our CLI", DAWN, app_id=CLI)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (PutObject(own),))
    assert await office.store.apply(change)
    await use(office)
    assert await list_accounts(office, grace) == []
    made = await make(office, grace, "servicePrincipals", {"appId": CLI})
    assert (made["displayName"], made["appOwnerOrganizationId"]) == ("Our CLI", TENANT)


async def test_nobody_says_whose_an_account_is(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application = await make(office, grace, "applications", {"displayName": "Ledger"})
    owned = {"appId": application["appId"], "appOwnerOrganizationId": OWNER}
    account = await make(office, grace, "servicePrincipals", owned)
    path = f"{PATH}/{account['id']}"
    await office.patch(grace, path, {"appOwnerOrganizationId": OWNER})
    told = [account, (await office.get(grace, path)).json()]
    assert [one["appOwnerOrganizationId"] for one in told] == [TENANT, TENANT]
