import pytest

from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    PLAIN_GROUP,
    ROBOT,
    ROBOT_APP,
    Office,
)


@pytest.mark.documented("get user: the default properties of v1.0")
@pytest.mark.witness("GET me")
async def test_a_person_signed_in_is_told_about(office: Office) -> None:
    body = (await office.get(HANA, "/v1.0/me")).json()

    assert body == {
        "@odata.context": "https://graph.test:8443/v1.0/$metadata#users/$entity",
        "id": HANA,
        "businessPhones": [],
        "displayName": "Hana Sato",
        "givenName": None,
        "jobTitle": "Colleague",
        "mail": "hana@office.example",
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": "hana@office.example",
    }


@pytest.mark.observed("Graph: /me request is only valid with delegated authentication flow.")
async def test_an_application_is_nobody(office: Office) -> None:
    response = await office.get(ROBOT, "/v1.0/me")

    assert (response.status_code, response.json()["error"]["code"]) == (400, "BadRequest")


@pytest.mark.documented("get user: by id or by userPrincipalName")
@pytest.mark.witness("GET users/{id}")
@pytest.mark.parametrize(
    "key", [HANA, HANA.upper(), "hana@office.example", "Hana%40Office.example"]
)
async def test_a_person_is_found_by_either_name(office: Office, key: str) -> None:
    body = (await office.get(GRACE, f"/v1.0/users/{key}?$select=id,department")).json()

    assert (body["id"], body["department"]) == (HANA, "IT")
    assert "displayName" not in body


@pytest.mark.observed("azure-cli, CLI for Microsoft 365: how they look for objects")
@pytest.mark.witness(
    "GET users", "GET groups", "GET servicePrincipals", "GET directory/administrativeUnits"
)
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("users?$filter=userPrincipalName eq 'HANA@office.example'&$select=Id", HANA),
        ("users?$filter=startswith(displayName,'hana')", HANA),
        ("users?$filter=mail eq 'hana@office.example'", HANA),
        ("groups?$filter=displayName eq 'PIM Group'&$select=id", PLAIN_GROUP),
        ("groups?$filter=startswith(displayName,'pim')", PLAIN_GROUP),
        (f"servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '{ROBOT_APP}')", ROBOT),
        (
            "servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'https://robot.example')",
            ROBOT,
        ),
        (f"servicePrincipals?$filter=appId eq '{ROBOT_APP}'", ROBOT),
        ("directory/administrativeUnits?$filter=displayName eq 'Berlin'", BERLIN),
    ],
)
async def test_objects_are_found_as_clients_look_for_them(
    office: Office, path: str, found: str
) -> None:
    body = (await office.get(GRACE, f"/v1.0/{path}")).json()

    assert [one["id"] for one in body["value"]] == [found]


@pytest.mark.documented("get group, servicePrincipal, administrativeUnit")
@pytest.mark.witness(
    "GET groups/{id}", "GET servicePrincipals/{id}", "GET directory/administrativeUnits/{id}"
)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"groups/{PLAIN_GROUP}", "PIM Group"),
        (f"servicePrincipals/{ROBOT}", "Robot"),
        (f"directory/administrativeUnits/{BERLIN}", "Berlin"),
        (f"users/{HANA}", "Hana Sato"),
    ],
)
async def test_objects_are_shown_in_their_published_shape(
    office: Office, version: str, path: str, name: str
) -> None:
    response = await office.get(GRACE, f"/{version}/{path}")

    assert (response.status_code, response.json()["displayName"]) == (200, name)


@pytest.mark.documented("permissions: User.Read.All, Group.Read.All, Application.Read.All")
@pytest.mark.parametrize("path", ["users", "groups", "servicePrincipals"])
async def test_objects_are_not_told_without_permission(office: Office, path: str) -> None:
    only_me = office.sign_in(GRACE, frozenset({"User.Read"}))

    response = await office.get(only_me, f"/v1.0/{path}")

    assert (await office.get(only_me, "/v1.0/me")).status_code == 200
    assert response.json()["error"]["code"] == "PermissionScopeNotGranted"
