"""Advanced queries of the directory: what needs the header and the count, and what is refused."""

from typing import Any

import pytest

from tests.dialects.graph.office import (
    GRACE,
    HANA,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    ROBOT,
    TIER2,
    Office,
)

EVENTUAL = {"ConsistencyLevel": "eventual"}
COUNT = "&$count=true"
ADVANCED = {
    "ne": ("users", "accountEnabled ne true"),
    "not": ("users", "not startswith(displayName,'H')"),
    "not any": ("groups", "NOT(groupTypes/any(c:c eq 'Unified'))"),
    "endswith": ("users", "endswith(mail,'@office.example')"),
    "endswith in a list": ("users", "proxyAddresses/any(p:endswith(p,'@office.example'))"),
    "a count of elements": ("users", "assignedLicenses/$count eq 0"),
    "a property that is advanced": ("users", "startswith(companyName,'x')"),
    "not null": ("users", "department ne null"),
    "not in": ("users", f"not(id in ('{HANA}'))"),
    "endswith below or": ("users", "id eq 'x' or endswith(userPrincipalName,'x')"),
}


async def ask(office: Office, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
    response = await office.get(GRACE, f"/v1.0/{path}", **headers)
    return response.status_code, response.json()


@pytest.mark.documented("aad-advanced-queries: scenarios that need an advanced query")
@pytest.mark.parametrize(("entities", "text"), ADVANCED.values(), ids=ADVANCED.keys())
async def test_an_advanced_query_needs_its_header_and_its_count(
    office: Office, entities: str, text: str
) -> None:
    path = f"{entities}?$filter={text}"

    plain = await ask(office, path)
    without_count = await ask(office, path, **EVENTUAL)
    without_header = await ask(office, path + COUNT)
    status, body = await ask(office, path + COUNT, **EVENTUAL)

    for refused in (plain, without_count, without_header):
        assert (refused[0], refused[1]["error"]["code"]) == (400, "Request_UnsupportedQuery")
        assert "ConsistencyLevel" in refused[1]["error"]["message"]
    assert status == 200, body
    assert body["@odata.count"] == len(body["value"])


DEFAULT = {
    "eq": ("users", "department eq 'IT'"),
    "in": ("users", f"id in ('{HANA}','{GRACE}')"),
    "startswith": ("users", "startswith(givenName,'H') or startswith(surname,'S')"),
    "ge and le": ("users", "createdDateTime ge 2020-01-01T00:00:00Z"),
    "any": ("groups", "groupTypes/any(c:c eq 'Unified')"),
    "a part of an element": (
        "users",
        "assignedLicenses/any(s:s/skuId eq 184efa21-98c3-4e5d-95ab-d07053a96e67)",
    ),
    "a flag": ("groups", "mailEnabled eq false and securityEnabled eq true"),
    "a type": ("servicePrincipals", "servicePrincipalType eq 'Application'"),
    "tags": ("servicePrincipals", "tags/any(t:startswith(t,'x'))"),
}


@pytest.mark.documented("aad-advanced-queries: what works by default")
@pytest.mark.parametrize(("entities", "text"), DEFAULT.values(), ids=DEFAULT.keys())
async def test_other_queries_need_neither(office: Office, entities: str, text: str) -> None:
    status, body = await ask(office, f"{entities}?$filter={text}")

    assert status == 200, body


REFUSED = {
    "contains": ("users", "contains(displayName,'x')", "displayName"),
    "gt": ("users", "displayName gt 'x'", "displayName"),
    "endswith of a name": ("users", "endswith(displayName,'x')", "displayName"),
    "when groups were made": ("groups", "createdDateTime ge 2021-11-01T00:00:00Z", "created"),
    "a property of no table": (
        "users",
        "businessPhones/any(p:startswith(p,'1'))",
        "businessPhones",
    ),
    "complex": ("groups", "theme/any(t:t eq 'x')", "theme"),
    "all": ("users", "otherMails/all(m:m eq 'x')", "otherMails"),
    "another number": ("users", "otherMails/$count eq 2", "otherMails"),
    "a number of a text": ("users", "mail/$count eq 0", "mail"),
}


@pytest.mark.documented("aad-advanced-queries, errors: what a property does not take")
@pytest.mark.parametrize(("entities", "text", "name"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_no_query_takes_is_refused_with_its_property(
    office: Office, entities: str, text: str, name: str
) -> None:
    status, body = await ask(office, f"{entities}?$filter={text}{COUNT}", **EVENTUAL)

    assert (status, body["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert name in body["error"]["message"]


@pytest.mark.documented("search-query-parameter: needs the header alone")
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ('users?$search="displayName:sato"', {HANA}),
        ('users?$search="displayName:Sat Han"', {HANA}),
        ('users?$search="displayName:ato"', set()),
        ('users?$search="displayName:hana" OR "mail:grace"', {HANA, GRACE}),
        ('users?$search="displayName:hana" AND "mail:grace"', set()),
        ('users?$search="displayName:hana"&$filter=accountEnabled eq true', {HANA}),
        ('groups?$search="displayName:PIM"', {PLAIN_GROUP}),
        ('servicePrincipals?$search="displayName:robot"', {ROBOT}),
    ],
)
async def test_a_search_finds_words(office: Office, path: str, found: set[str]) -> None:
    status, body = await ask(office, path, **EVENTUAL)
    without = await ask(office, path)

    assert status == 200, body
    assert {one["id"] for one in body["value"]} == found
    assert (without[0], without[1]["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert "ConsistencyLevel" in without[1]["error"]["message"]


@pytest.mark.documented("search-query-parameter: of directory objects")
async def test_requests_are_not_searched(office: Office) -> None:
    path = 'roleManagement/directory/roleDefinitions?$search="displayName:x"'

    status, body = await ask(office, path, **EVENTUAL)

    assert (status, body["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert "$search" in body["error"]["message"]


@pytest.mark.documented("aad-advanced-queries: $count as a segment")
async def test_a_list_is_counted_by_a_segment(office: Office) -> None:
    counted = await office.get(GRACE, "/v1.0/groups/$count", **EVENTUAL)
    filtered = await office.get(
        GRACE, "/v1.0/users/$count?$filter=startswith(displayName,'H')", **EVENTUAL
    )
    refused = await office.get(GRACE, "/v1.0/users/$count")

    assert (counted.text, counted.headers["content-type"]) == ("2", "text/plain")
    assert filtered.text == "2"
    assert refused.json()["error"]["code"] == "Request_BadRequest"


@pytest.mark.inferred("a list of PIM is counted by a segment without more ado")
async def test_other_lists_are_counted_without_the_header(office: Office) -> None:
    base = "/v1.0/roleManagement/directory/roleDefinitions"
    text = "isBuiltIn eq true"

    number = await office.get(GRACE, f"{base}/$count?$filter={text}")
    listed = await office.get(GRACE, f"{base}?$filter={text}&$count=true")

    assert int(number.text) == listed.json()["@odata.count"]


@pytest.mark.inferred("a number belongs to a list")
@pytest.mark.parametrize("path", ["me/$count", f"users/{HANA}/$count", "$count"])
async def test_what_is_no_list_has_no_number(office: Office, path: str) -> None:
    status, body = await ask(office, path, **EVENTUAL)

    assert (status, body["error"]["code"]) == (404, "ResourceNotFound")


@pytest.mark.documented("aad-advanced-queries: without the header a count is left out silently")
async def test_a_count_without_the_header_is_left_out(office: Office) -> None:
    _, without = await ask(office, "users?$count=true&$top=1")
    _, first = await ask(office, "users?$count=true&$top=1", **EVENTUAL)
    link = first["@odata.nextLink"].removeprefix(f"{ORIGIN}/v1.0/")
    _, second = await ask(office, link, **EVENTUAL)

    assert "@odata.count" not in without
    assert first["@odata.count"] > 1
    assert "@odata.count" not in second


@pytest.mark.documented("aad-advanced-queries: sorting")
@pytest.mark.parametrize(
    ("path", "is_advanced"),
    [
        ("users?$orderby=displayName", False),
        ("users?$orderby=userPrincipalName desc", False),
        ("users?$orderby=createdDateTime", True),
        ("groups?$orderby=displayName", False),
        ("servicePrincipals?$orderby=displayName", True),
        ("users?$orderby=displayName&$filter=accountEnabled eq true", True),
    ],
)
async def test_some_orders_are_advanced(office: Office, path: str, *, is_advanced: bool) -> None:
    plain, _ = await ask(office, path)
    advanced, _ = await ask(office, path + COUNT, **EVENTUAL)

    assert (plain, advanced) == (400 if is_advanced else 200, 200)


@pytest.mark.observed("Graph: page sizes of the directory, $skip; seen by many clients")
@pytest.mark.parametrize(
    ("query", "code", "name"),
    [
        ("$top=1000", "Request_UnsupportedQuery", "$top"),
        ("$top=0", "BadRequest", "$top"),
        ("$skip=1", "Request_BadRequest", "$skip"),
        ("$deltatoken=x", "Request_UnsupportedQuery", "$deltatoken"),
        ("$format=xml", "Request_UnsupportedQuery", "$format"),
    ],
)
async def test_options_that_the_directory_does_not_take(
    office: Office, query: str, code: str, name: str
) -> None:
    status, body = await ask(office, f"users?{query}")

    assert (status, body["error"]["code"]) == (400, code)
    assert name in body["error"]["message"]


@pytest.mark.documented("OData 4.01: $format goes before Accept; metadata none, minimal, full")
async def test_the_form_of_an_answer_is_chosen(office: Office) -> None:
    path = f"/v1.0/users/{HANA}?$select=id"

    bare = await office.get(GRACE, path, accept="application/json;odata.metadata=none")
    full = await office.get(GRACE, path, accept="application/json;odata.metadata=full")
    by_option = await office.get(
        GRACE, f"{path}&$format=application/json;odata.metadata=none", accept="application/json"
    )
    plain = await office.get(GRACE, f"{path}&$format=json")

    assert bare.json() == by_option.json() == {"id": HANA}
    place = f"users('{HANA}')"
    assert full.json() == {
        "@odata.context": f"{ORIGIN}/v1.0/$metadata#users(id)/$entity",
        "@odata.type": "#microsoft.graph.user",
        "@odata.id": f"{ORIGIN}/v1.0/{place}",
        "@odata.editLink": place,
        "id": HANA,
    }
    assert "odata.metadata=full" in full.headers["content-type"]
    assert plain.status_code == 200


@pytest.mark.documented("OData 4.01: a client says which version it understands at most")
@pytest.mark.parametrize(("version", "status"), [("4.0", 200), ("4.01", 200), ("3.0", 400)])
async def test_a_client_of_an_older_version_is_refused(
    office: Office, version: str, status: int
) -> None:
    response = await office.get(GRACE, "/v1.0/groups", **{"OData-MaxVersion": version})

    assert response.status_code == status


@pytest.mark.documented("OData 4.01, 8.2.8: preferences and what was applied of them")
async def test_a_page_is_as_long_as_is_preferred(office: Office) -> None:
    response = await office.get(GRACE, "/v1.0/users", prefer='odata.maxpagesize="2"')
    ignored = await office.get(GRACE, "/v1.0/users", prefer="odata.maxpagesize=0, colour=red")

    assert len(response.json()["value"]) == 2
    assert response.headers["preference-applied"] == "odata.maxpagesize=2"
    assert len(ignored.json()["value"]) > 2
    assert "preference-applied" not in ignored.headers


@pytest.mark.documented("OData 4.01 URL conventions, 4.3: both ways to write a key")
@pytest.mark.parametrize("key", [f"/{HANA}", f"('{HANA}')", f"({HANA})", f"(id='{HANA}')"])
async def test_a_key_is_written_in_several_ways(office: Office, key: str) -> None:
    status, body = await ask(office, f"users{key}?$select=id")

    assert (status, body["id"]) == (200, HANA)


@pytest.mark.documented("OData 4.01 URL conventions, 5.3: parameter aliases")
async def test_values_stand_in_aliases(office: Office) -> None:
    base = "roleManagement/directory/roleAssignmentScheduleRequests"

    own = await ask(office, f"{base}/filterByCurrentUser(on=@on)?@on='principal'")
    missing = await ask(office, f"{base}/filterByCurrentUser(on=@on)")
    filtered = await ask(office, f"users?$filter=id eq @who&@who='{HANA}'")

    assert (own[0], missing[0]) == (200, 400)
    assert "'on'" in missing[1]["error"]["message"]
    assert [one["id"] for one in filtered[1]["value"]] == [HANA]


@pytest.mark.inferred("a page of one alias is worth nothing for another one")
async def test_an_alias_is_part_of_the_query(office: Office) -> None:
    path = "users?$filter=accountEnabled eq @is&$top=1"
    _, first = await ask(office, f"{path}&@is=true")
    link = first["@odata.nextLink"].removeprefix(f"{ORIGIN}/v1.0/")

    status, _ = await ask(office, link.replace("@is=true", "@is=false"))

    assert status == 400


@pytest.mark.documented("OData 4.01 URL conventions, 5.1.3: options inside of $expand")
async def test_what_is_expanded_is_narrowed(office: Office) -> None:
    base = "roleManagement/directory/roleDefinitions"
    path = f"{base}/{READER}?$expand=inheritsPermissionsFrom"
    _, whole = await ask(office, path)
    names = [one["displayName"] for one in whole["inheritsPermissionsFrom"]]
    assert names

    _, found = await ask(
        office, f"{path}($filter=displayName eq '{names[0]}';$count=true;$select=displayName)"
    )
    _, nothing = await ask(office, f"{path}($filter=displayName eq 'x')")
    _, first = await ask(office, f"{path}($orderby=displayName desc;$top=1)")

    assert found["inheritsPermissionsFrom"] == [{"displayName": names[0]}]
    assert found["inheritsPermissionsFrom@odata.count"] == 1
    assert nothing["inheritsPermissionsFrom"] == []
    assert [one["displayName"] for one in first["inheritsPermissionsFrom"]] == [max(names)]


@pytest.mark.inferred("one of something is there or is not")
async def test_a_single_target_is_not_narrowed(office: Office) -> None:
    path = "roleManagement/directory/roleAssignments?$expand=principal($filter=id eq 'x')"

    status, body = await ask(office, path)

    assert (status, body["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert "principal" in body["error"]["message"]
    assert TIER2 not in str(body)
