"""Federated identity credentials of applications over HTTP, with who may touch them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dialects.graph.office import GRACE, NORA, TENANT, Office
from tests.dialects.graph.test_write_programs import BAD, DENIED, MISSING, make_program
from tests.dialects.graph.writing import (
    APPLICATION_ADMINISTRATOR,
    code_of,
    desk,
    give,
    permit_everything,
    permit_robot,
    reference,
)
from tests.support.events import read_events
from timebound.domain.events import EventKind
from timebound.domain.workloads import MOST_FEDERATED

TAKEN = (409, "Request_MultipleObjectsWithSameKeyValue")
MAIN: dict[str, Any] = {
    "name": "main-branch",
    "issuer": "https://token.actions.example",
    "subject": "repo:octo/cat:ref:refs/heads/main",
    "audiences": ["api://AzureADTokenExchange"],
}


def other(number: int = 2, **changes: object) -> dict[str, Any]:
    return {**MAIN, "name": f"n{number}", "subject": f"s{number}", **changes}


def tell_expression(version: str) -> dict[str, None]:
    """What beta says besides of a credential without an expression."""
    return {"claimsMatchingExpression": None} if version == "beta" else {}


async def furnish(office: Office) -> tuple[str, dict[str, Any], str]:
    """Grace at her desk, an application, and the path of what it trusts."""
    grace = desk(await permit_everything(office), GRACE)
    application, _ = await make_program(office, grace)
    return (
        grace,
        application,
        f"/v1.0/applications/{application['id']}/federatedIdentityCredentials",
    )


@pytest.mark.documented("federatedIdentityCredential: create, get, list, update, delete")
@pytest.mark.witness("GET applications/{id}/federatedIdentityCredentials")
@pytest.mark.witness("POST applications/{id}/federatedIdentityCredentials")
@pytest.mark.witness("GET applications/{id}/federatedIdentityCredentials/{id}")
@pytest.mark.witness("PATCH applications/{id}/federatedIdentityCredentials/{id}")
@pytest.mark.witness("DELETE applications/{id}/federatedIdentityCredentials/{id}")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_a_workload_is_trusted_and_no_more(office: Office, version: str) -> None:
    grace, application, path = await furnish(office)
    path = path.replace("v1.0", version)
    made = await office.post(grace, path, MAIN)
    assert made.status_code == 201, made.text
    told = made.json()
    context = told.pop("@odata.context")
    place = f"applications('{application['id']}')/federatedIdentityCredentials"
    assert context.endswith(f"/{version}/$metadata#{place}/$entity")
    assert told == {"id": told["id"], "description": None, **tell_expression(version), **MAIN}
    for key in (told["id"], "main-branch"):
        answer = (await office.get(grace, f"{path}/{key}")).json()
        assert {name: answer[name] for name in told} == told
    changes = {"subject": "repo:octo/dog", "description": "Night job"}
    by_app_id = f"/{version}/applications(appId='{application['appId']}')"
    one = f"{by_app_id}/federatedIdentityCredentials/main-branch"
    assert (await office.patch(grace, one, changes)).status_code == 204
    listed = (await office.get(grace, path)).json()
    assert listed["value"] == [{**told, **changes}]
    whole = (await office.get(grace, f"/{version}/applications/{application['id']}")).json()
    assert "federatedIdentityCredentials" not in whole
    assert (await office.delete(grace, f"{path}/{told['id']}")).status_code == 204
    assert (await office.get(grace, path)).json()["value"] == []
    for gone in (
        await office.get(grace, f"{path}/{told['id']}"),
        await office.patch(grace, f"{path}/{told['id']}", changes),
        await office.delete(grace, f"{path}/{told['id']}"),
    ):
        assert code_of(gone) == MISSING


@pytest.mark.documented("federatedIdentityCredential: name and subject support $filter (eq)")
async def test_the_list_is_filtered_and_paged(office: Office) -> None:
    grace, _, path = await furnish(office)
    for number in range(3):
        assert (await office.post(grace, path, other(number))).status_code == 201
    for option in ("name eq 'n1'", "subject eq 's1'"):
        found = (await office.get(grace, f"{path}?$filter={option}&$select=name")).json()
        assert [one["name"] for one in found["value"]] == ["n1"]
    names, link = [], f"{path}?$top=2"
    while link:
        page = (await office.get(grace, link)).json()
        names += [one["name"] for one in page["value"]]
        link = page.get("@odata.nextLink", "").partition("/v1.0")[2]
        link = f"/v1.0{link}" if link else ""
    assert sorted(names) == ["n0", "n1", "n2"]


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({**MAIN, "name": ""}, "name"),
    "no issuer": ({one: MAIN[one] for one in ("name", "subject", "audiences")}, "issuer"),
    "no subject": ({**MAIN, "subject": ""}, "subject"),
    "no audience": ({**MAIN, "audiences": []}, "audiences"),
    "two audiences": ({**MAIN, "audiences": ["a", "b"]}, "audiences"),
    "a name that is no part of an address": ({**MAIN, "name": "a b/c"}, "name"),
    "a long name": ({**MAIN, "name": "n" * 121}, "name"),
    "an issuer that is no address": ({**MAIN, "issuer": "me"}, "issuer"),
    "an issuer with a name in it": ({**MAIN, "issuer": "https://a@b.example"}, "issuer"),
    "a long subject": ({**MAIN, "subject": "s" * 601}, "subject"),
    "audiences that are none": ({**MAIN, "audiences": "api://x"}, "audiences"),
}


@pytest.mark.documented("federatedIdentityCredential: what is required, and how long it may be")
@pytest.mark.parametrize("name", UNFIT)
async def test_what_is_no_workload_is_refused(office: Office, name: str) -> None:
    grace, _, path = await furnish(office)
    body, named = UNFIT[name]
    answer = await office.post(grace, path, body)
    assert answer.status_code == 400
    assert named in answer.text
    assert (await office.get(grace, path)).json()["value"] == []
    assert (await office.post(grace, path, MAIN)).status_code == 201
    changed = await office.patch(grace, f"{path}/main-branch", {named: body.get(named, "")})
    assert changed.status_code == 400
    assert (await office.get(grace, f"{path}/main-branch")).json()[named] == MAIN[named]


@pytest.mark.documented("issuer and subject are unique in an application; twenty at most")
async def test_a_workload_is_trusted_once(office: Office) -> None:
    grace, _, path = await furnish(office)
    assert (await office.post(grace, path, MAIN)).status_code == 201
    assert code_of(await office.post(grace, path, other(name="main-branch"))) == TAKEN
    same = {**MAIN, "name": "again"}
    assert code_of(await office.post(grace, path, same)) == TAKEN
    assert (await office.post(grace, path, other())).status_code == 201
    taken = await office.patch(grace, f"{path}/n2", {"subject": MAIN["subject"]})
    assert code_of(taken) == TAKEN
    assert code_of(await office.patch(grace, f"{path}/n2", {"name": "n3"})) == BAD
    for number in range(3, MOST_FEDERATED + 1):
        assert (await office.post(grace, path, other(number))).status_code == 201
    assert code_of(await office.post(grace, path, other(99))) == BAD


@pytest.mark.documented("issue: who may not give an application a secret cannot let others be it")
async def test_a_workload_is_a_secret(office: Office) -> None:
    grace, application, path = await furnish(office)
    nora = desk(office, NORA)
    assert (await office.post(grace, path, MAIN)).status_code == 201
    for refused in (
        await office.post(nora, path, other()),
        await office.patch(nora, f"{path}/main-branch", {"subject": "mine"}),
        await office.delete(nora, f"{path}/main-branch"),
    ):
        assert code_of(refused) == DENIED
    owners = f"/v1.0/applications/{application['id']}/owners/$ref"
    assert (await office.post(grace, owners, reference(NORA))).status_code == 204
    assert (await office.post(nora, path, other())).status_code == 201
    # What could come to a role is not to be had by a workload of one's own.
    found = f"/v1.0/servicePrincipals(appId='{application['appId']}')"
    account = (await office.get(grace, found)).json()
    await give(office, account["id"], APPLICATION_ADMINISTRATOR)
    assert code_of(await office.post(nora, path, other(3))) == DENIED
    assert len((await office.get(grace, path)).json()["value"]) == 2


@pytest.mark.documented("Application.Read.All reads them, Application.ReadWrite.OwnedBy its own")
async def test_who_may_not_read_applications_learns_nothing(office: Office) -> None:
    grace, _, path = await furnish(office)
    assert (await office.post(grace, path, MAIN)).status_code == 201
    key = await permit_robot(office, "User.Read.All")
    assert (await office.get(key, path)).status_code == 403
    key = await permit_robot(office, "Application.Read.All")
    assert len((await office.get(key, path)).json()["value"]) == 1
    nothing = f"/v1.0/applications/{GRACE}/federatedIdentityCredentials"
    assert code_of(await office.get(key, nothing)) == MISSING
    assert code_of(await office.post(grace, nothing, MAIN)) == MISSING


@pytest.mark.inferred("nothing is granted unlogged: what changed came and went")
async def test_the_log_tells_of_workloads(office: Office, tmp_path: Path) -> None:
    grace, _, path = await furnish(office)
    made = (await office.post(grace, path, MAIN)).json()
    one = f"{path}/{made['id']}"
    assert (await office.patch(grace, one, {"description": "Quietly"})).status_code == 204
    assert (await office.patch(grace, one, {"subject": "another"})).status_code == 204
    assert (await office.delete(grace, one)).status_code == 204
    events = await read_events(f"sqlite:///{tmp_path / 'office.db'}", TENANT)
    told = {(one.kind, one.data["subject"]) for one in events if one.data.get("issuer")}
    assert told == {
        (kind, subject)
        for kind in (EventKind.SECRET_ADDED, EventKind.SECRET_REMOVED)
        for subject in (MAIN["subject"], "another")
    }


UPSERT = {"prefer": "create-if-missing"}


async def put(
    office: Office, path: str, name: str, body: object, headers: dict[str, str] = UPSERT
) -> httpx.Response:
    """Grace has a workload of this name trusted, whether it was before or not."""
    authority = {"authorization": f"Bearer {desk(office, GRACE)}"}
    return await office.client.patch(
        f"{path}(name='{name}')", json=body, headers={**authority, **headers}
    )


@pytest.mark.documented("Upsert federatedIdentityCredential")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_what_is_missing_is_made_and_what_is_there_is_changed(
    office: Office, version: str
) -> None:
    grace, application, path = await furnish(office)
    path = path.replace("v1.0", version)
    body = {name: value for name, value in MAIN.items() if name != "name"}
    made = await put(office, path, "main-branch", body)
    assert made.status_code == 201, made.text
    assert made.headers["preference-applied"] == "create-if-missing"
    assert made.headers["location"].endswith(f"{path}(name='main-branch')")
    told = made.json()
    place = f"applications('{application['id']}')/federatedIdentityCredentials"
    assert told.pop("@odata.context").endswith(f"/{version}/$metadata#{place}/$entity")
    assert told == {"id": told["id"], "description": None, **tell_expression(version), **MAIN}
    by_app_id = f"/{version}/applications(appId='{application['appId']}')"
    changes = {**body, "subject": "repo:octo/dog", "name": "main-branch"}
    again = f"{by_app_id}/federatedIdentityCredentials"
    assert (await put(office, again, "main-branch", changes)).status_code == 204
    one = (await office.get(grace, f"{path}(name='main-branch')")).json()
    assert (one["id"], one["subject"]) == (told["id"], "repo:octo/dog")
    assert (await office.delete(grace, f"{path}(name='main-branch')")).status_code == 204
    assert (await office.get(grace, path)).json()["value"] == []


@pytest.mark.documented("Upsert: without create-if-missing, or by its id, it is an update")
async def test_nothing_is_made_unasked(office: Office) -> None:
    grace, _, path = await furnish(office)
    assert code_of(await put(office, path, "main-branch", MAIN, {})) == MISSING
    other_wish = {"prefer": "return=minimal"}
    assert code_of(await put(office, path, "main-branch", MAIN, other_wish)) == MISSING
    by_id = await office.client.patch(
        f"{path}/main-branch",
        json=MAIN,
        headers={"authorization": f"Bearer {desk(office, GRACE)}", **UPSERT},
    )
    assert code_of(by_id) == MISSING
    assert (await office.get(grace, path)).json()["value"] == []


@pytest.mark.documented("Upsert: the name in the address is that of the credential")
async def test_what_is_put_is_held_to_what_is_posted(office: Office) -> None:
    grace, _, path = await furnish(office)
    first = (await office.post(grace, path, MAIN)).json()
    assert code_of(await put(office, path, "n2", other(name="n3"))) == BAD
    assert code_of(await put(office, path, "main-branch", other(name="n3"))) == BAD
    assert code_of(await put(office, path, "n2", {"subject": "s2"})) == BAD
    assert code_of(await put(office, path, "n2", {**MAIN, "name": "n2"})) == TAKEN
    assert code_of(await put(office, path, "a%20b", other(name="a b"))) == BAD
    made = await put(office, path, first["id"], other(name=first["id"]))
    assert made.status_code == 201, "the id of another is a name as good as any"
    assert made.json()["id"] != first["id"]
    kept = (await office.get(grace, path)).json()["value"]
    assert {one["subject"] for one in kept} == {MAIN["subject"], "s2"}


@pytest.mark.documented("issue: who may not give an application a secret cannot let others be it")
async def test_who_may_not_trust_puts_nothing(office: Office) -> None:
    grace, _, path = await furnish(office)
    headers = {"authorization": f"Bearer {desk(office, NORA)}", **UPSERT}
    refused = await office.client.patch(f"{path}(name='n2')", json=other(), headers=headers)
    assert code_of(refused) == DENIED
    assert (await office.get(grace, path)).json()["value"] == []
