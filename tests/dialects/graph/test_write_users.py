"""People made, changed and deleted over HTTP."""

import pytest

from tests.dialects.graph.office import GRACE, HANA, HENRIK, NORA, TENANT, Office
from tests.dialects.graph.writing import (
    STRONG_PASSWORD,
    USER_ADMINISTRATOR,
    a_user,
    code_of,
    desk,
    give,
    make,
    permit_everything,
)
from timebound.application.changes import ChangeSet, PutSecret
from timebound.identity.hashing import CHEAP, SecretHasher

BAD = (400, "Request_BadRequest")


@pytest.mark.documented("create user: 201 with the default properties; GDOC examples")
@pytest.mark.witness("POST users")
async def test_a_person_is_made_and_can_sign_in(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    made = await make(office, grace, "users", a_user(department="Analysis"))
    assert made["userPrincipalName"] == "ada@office.example"
    found = await office.get(grace, f"/v1.0/users/{made['id']}?$select=department,userType")
    assert (found.json()["department"], found.json()["userType"]) == ("Analysis", "Member")
    record = await office.store.find_user(TENANT, "Ada@Office.example")
    assert record is not None
    assert all(STRONG_PASSWORD not in one for one in record.hashes)
    assert await SecretHasher(CHEAP).matches(STRONG_PASSWORD, record.hashes)


@pytest.mark.documented("create user: required properties, password policy, verified domains")
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"accountEnabled": ...}, "accountEnabled"),
        ({"displayName": ...}, "displayName"),
        ({"mailNickname": ...}, "mailNickname"),
        ({"userPrincipalName": ...}, "userPrincipalName"),
        ({"passwordProfile": ...}, "passwordProfile"),
        ({"passwordProfile": {}}, "passwordProfile/password"),
        ({"passwordProfile": {"password": "short1A"}}, "passwordProfile/password"),
        ({"passwordProfile": {"password": "onlyletters"}}, "passwordProfile/password"),
        ({"passwordProfile": {"password": "Xx9-Ada-xX9"}}, "passwordProfile/password"),
        ({"passwordProfile": {"password": "Summer-2026!"}}, "passwordProfile/password"),
        ({"userPrincipalName": "ada@elsewhere.example"}, "userPrincipalName"),
        ({"userPrincipalName": "ada"}, "userPrincipalName"),
        ({"userPrincipalName": "hana@office.example"}, "userPrincipalName"),
    ],
)
async def test_a_person_who_cannot_be_made(
    office: Office, changes: dict[str, object], named: str
) -> None:
    grace = desk(await permit_everything(office), GRACE)
    answer = await office.post(grace, "/v1.0/users", a_user(**changes))
    assert code_of(answer) == BAD
    assert named in answer.json()["error"]["message"]


@pytest.mark.inferred("house rule: bad input is refused with the name of the property")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accountEnabled", "yes"),
        ("displayName", 7),
        ("displayName", None),
        ("businessPhones", "+49"),
        ("jobTitle", ["a"]),
        ("jobTitle", "x" * 300),
        ("passwordProfile", "secret"),
    ],
)
async def test_values_of_a_wrong_type(office: Office, name: str, value: object) -> None:
    grace = desk(await permit_everything(office), GRACE)
    answer = await office.patch(grace, f"/v1.0/users/{HANA}", {name: value})
    assert answer.status_code == 400
    assert name in answer.json()["error"]["message"]


@pytest.mark.documented("update user: 204; by id or userPrincipalName; null empties")
@pytest.mark.witness("PATCH users/{id}")
async def test_a_person_is_changed(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    first = await office.patch(
        grace, "/v1.0/users/hana@office.example", {"jobTitle": None, "city": "Kyoto"}
    )
    assert (first.status_code, first.text) == (204, "")
    found = await office.get(grace, f"/v1.0/users/{HANA}?$select=jobTitle,city,department")
    told = {k: v for k, v in found.json().items() if not k.startswith("@")}
    assert told == {"jobTitle": None, "city": "Kyoto", "department": "IT"}


@pytest.mark.documented("update user: userPrincipalName is unique, in any casing")
async def test_a_name_is_given_once(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    taken = {"userPrincipalName": "NORA@office.example"}
    answer = await office.patch(grace, f"/v1.0/users/{HANA}", taken)
    assert code_of(answer) == BAD
    free = {"userPrincipalName": "hana.sato@office.example"}
    assert (await office.patch(grace, f"/v1.0/users/{HANA}", free)).status_code == 204
    assert await office.store.find_user(TENANT, "hana@office.example") is None


@pytest.mark.documented("delete user: 204; a deleted person is gone from every list")
@pytest.mark.witness("DELETE users/{id}")
async def test_a_person_is_deleted(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    assert (await office.delete(grace, f"/v1.0/users/{NORA}")).status_code == 204
    assert (await office.get(grace, f"/v1.0/users/{NORA}")).status_code == 404
    assert (await office.delete(grace, f"/v1.0/users/{NORA}")).status_code == 404


@pytest.mark.inferred("promise 11 of the design, by the directory's routes")
async def test_the_last_administrator_can_neither_go_nor_be_disabled(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    assert (await office.delete(grace, f"/v1.0/users/{HENRIK}")).status_code == 204
    for answer in (
        await office.delete(grace, f"/v1.0/users/{GRACE}"),
        await office.patch(grace, f"/v1.0/users/{GRACE}", {"accountEnabled": False}),
    ):
        assert code_of(answer) == (400, "CannotDeleteLastAdminAssignment")
    assert (await office.get(grace, f"/v1.0/users/{GRACE}")).status_code == 200


@pytest.mark.inferred("deny by default: who may not write is not told what is there")
async def test_who_may_not_write_people(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    unknown = HANA.replace("2", "3")
    for answer in (
        await office.post(nora, "/v1.0/users", a_user()),
        await office.patch(nora, f"/v1.0/users/{HANA}", {"city": "Kyoto"}),
        await office.delete(nora, f"/v1.0/users/{HANA}"),
        await office.delete(nora, f"/v1.0/users/{unknown}"),
    ):
        assert code_of(answer) == (403, "Authorization_RequestDenied")


@pytest.mark.documented("user: changePassword, of the signed-in person who knows the one in use")
@pytest.mark.witness("POST me/changePassword")
async def test_people_change_their_own_password(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    hasher = SecretHasher(CHEAP)
    put = PutSecret(NORA, "password", hasher.hash(STRONG_PASSWORD))
    assert await office.store.apply(ChangeSet(TENANT, office.clock.at, {}, frozenset(), (put,)))
    path = "/v1.0/me/changePassword"

    def asked(current: str, new: str) -> dict[str, str]:
        return {"currentPassword": current, "newPassword": new}

    wrong = await office.post(nora, path, asked("Another-Horse-7", "Fresh-Start-8"))
    weak = await office.post(nora, path, asked(STRONG_PASSWORD, "weak"))
    assert code_of(wrong) == code_of(weak) == BAD
    right = await office.post(nora, path, asked(STRONG_PASSWORD, "Fresh-Start-8"))
    assert right.status_code == 204
    record = await office.store.find_user(TENANT, "nora@office.example")
    assert record is not None
    assert await hasher.matches("Fresh-Start-8", record.hashes)
    assert not await hasher.matches(STRONG_PASSWORD, record.hashes)


@pytest.mark.documented("update user: a helpdesk's right to reset passwords is no other right")
async def test_passwords_of_people_without_roles_are_reset_by_user_administrators(
    office: Office,
) -> None:
    samuel = desk(await permit_everything(office), NORA)
    await give(office, NORA, USER_ADMINISTRATOR)
    body = {"passwordProfile": {"password": STRONG_PASSWORD}}
    answer = await office.patch(samuel, f"/v1.0/users/{HANA}", body)
    assert answer.status_code == 204, answer.text
    record = await office.store.find_user(TENANT, "hana@office.example")
    assert record is not None
    assert await SecretHasher(CHEAP).matches(STRONG_PASSWORD, record.hashes)
