"""Which groups PIM governs: those that it was asked about, or that have a policy of their own."""

from typing import Final

import pytest

from tests.scenarios.calls import UNKNOWN, code_of
from tests.scenarios.company import found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    GROUP,
    call,
    join,
    list_rows,
    make_eligible,
    need_agreement,
)
from tests.scenarios.policy_calls import user
from timebound.application.ports import Store

RESOURCES: Final = f"{GROUP}/resources"


@pytest.mark.documented("GDOC privilegedaccessgroup-list-resources, groupresource-get")
@pytest.mark.observed("32301554456: a request for an eligibility or a change of a policy onboards")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/resources")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/resources/{id}")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_a_group_is_governed_from_the_first_request_or_policy_on(
    store: Store, label: str, version: str
) -> None:
    company = await found_company(store, label, APPLICATIONS)
    path = RESOURCES.replace("v1.0", version)
    watch, club = company.find("Watch"), company.find("Club")
    assert await list_rows(company, "eve", path) == []
    assert (await call(company, "eve", "GET", f"{path}/{watch}")).status_code == 404

    made = await make_eligible(company, "eve", "Watch")
    await need_agreement(company, club, user(company.find("uma")))

    rows = await list_rows(company, "eve", path)
    assert rows == [{"id": one, "deletedDateTime": None} for one in (club, watch)]
    one = (await call(company, "eve", "GET", f"{path}/{watch}")).json()
    assert one["id"] == watch
    (chosen,) = await list_rows(company, "eve", f"{path}?$filter=id eq '{club}'&$select=id")
    assert chosen == {"id": club}
    cancelled = f"{GROUP}/eligibilityScheduleRequests/{made['id']}/cancel"
    await call(company, "pia", "POST", cancelled)
    assert len(await list_rows(company, "eve", path)) == 2
    await company.client.aclose()


@pytest.mark.inferred("what is deleted is governed no more")
async def test_a_deleted_group_is_not_listed(store: Store, label: str) -> None:
    company = await found_company(store, label, APPLICATIONS)
    await make_eligible(company, "eve", "Watch")
    deleted = await call(company, "gail", "DELETE", f"/v1.0/groups/{company.find('Watch')}")
    assert deleted.status_code == 204, deleted.text

    assert await list_rows(company, "eve", RESOURCES) == []
    await company.client.aclose()


@pytest.mark.inferred("who is in a group past PIM says nothing of it; whom it lets in does")
async def test_what_was_given_past_pim_governs_no_group(store: Store, label: str) -> None:
    document = {
        **APPLICATIONS,
        "groups": [{"displayName": "Nest"}],
        "eligibilities": [{"principal": f"eve@{label}.example", "group": "Nest"}],
    }
    company = await found_company(store, label, document)

    # The club, the crew and the jury have members; the watch has a role.
    rows = await list_rows(company, "eve", RESOURCES)

    assert [row["id"] for row in rows] == [company.find("Nest")]
    for name in ("Club", "Crew", "Jury", "Watch"):
        one = await call(company, "eve", "GET", f"{RESOURCES}/{company.find(name)}")
        assert code_of(one)[0] == 404, name
    await company.client.aclose()


@pytest.mark.observed("70634550967: asks for ids in pages, and follows them")
async def test_the_list_comes_in_pages_of_ids(store: Store, label: str) -> None:
    company = await found_company(store, label, APPLICATIONS)
    names = ("Club", "Jury", "Watch")
    for name in names:
        await make_eligible(company, "eve", name)

    path, found = f"{RESOURCES}?$select=id&$top=2", list[str]()
    for count in (2, 1):
        page = (await call(company, "eve", "GET", path)).json()
        assert [row.keys() for row in page["value"]] == [{"id"}] * count
        found += [row["id"] for row in page["value"]]
        path = page.get("@odata.nextLink", "")
    assert path == ""
    assert found == [company.find(name) for name in names]
    await company.client.aclose()


@pytest.mark.inferred("what is activated or agreed to makes nothing new of a group")
async def test_a_group_is_told_once_however_much_is_asked_about_it(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, APPLICATIONS)
    for access in ("member", "owner"):
        await make_eligible(company, "eve", "Watch", access)
        await join(company, "eve", "Watch", access)
    await need_agreement(company, company.find("Watch"), user(company.find("uma")))

    counted = (await call(company, "eve", "GET", f"{RESOURCES}?$count=true")).json()

    assert counted["@odata.count"] == 1
    assert [row["id"] for row in counted["value"]] == [company.find("Watch")]
    await company.client.aclose()


@pytest.mark.documented("GDOC: PrivilegedAccess.Read.AzureADGroup")
async def test_the_permission_is_needed(store: Store, label: str) -> None:
    company = await found_company(store, label)

    for path in (RESOURCES, f"{RESOURCES}/{UNKNOWN}"):
        refused = await company.call("gail", "GET", path)
        assert code_of(refused) == (403, "PermissionScopeNotGranted")
    await company.client.aclose()
