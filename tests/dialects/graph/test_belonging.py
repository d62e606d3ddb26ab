"""Who and what belongs to an object of the directory, in every published spelling."""

from typing import Final

import pytest

from tests.dialects.graph.belonging import (
    APPLICATION,
    EX,
    GONE,
    HOUR,
    list_ids,
)
from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    HENRIK,
    OMAR,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    ROBOT,
    ROBOT_APP,
    SAMUEL,
    TEAMS,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

VERSIONS: Final = ("v1.0", "beta")
CAST: Final = "microsoft.graph."
LISTS: Final[dict[str, set[str]]] = {
    f"groups/{TIER2}/members": {OMAR, HANA, ROBOT},
    f"groups/{TIER2}/members/microsoft.graph.user": {OMAR, HANA},
    f"groups/{TIER2}/members/microsoft.graph.servicePrincipal": {ROBOT},
    f"groups/{PLAIN_GROUP}/members": {TIER2},
    f"groups/{PLAIN_GROUP}/members/microsoft.graph.group": {TIER2},
    f"groups/{PLAIN_GROUP}/transitiveMembers": {TIER2, OMAR, HANA, ROBOT},
    f"groups/{PLAIN_GROUP}/transitiveMembers/microsoft.graph.user": {OMAR, HANA},
    f"groups/{PLAIN_GROUP}/transitiveMembers/microsoft.graph.group": {TIER2},
    f"groups/{PLAIN_GROUP}/transitiveMembers/microsoft.graph.servicePrincipal": {ROBOT},
    f"groups/{PLAIN_GROUP}/owners": {GRACE},
    f"groups/{PLAIN_GROUP}/owners/microsoft.graph.user": {GRACE},
    f"groups/{PLAIN_GROUP}/owners/microsoft.graph.servicePrincipal": set(),
    f"groups/{TIER2}/memberOf": {PLAIN_GROUP, BERLIN, TEAMS},
    f"groups/{TIER2}/memberOf/microsoft.graph.group": {PLAIN_GROUP},
    f"groups/{TIER2}/memberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"groups/{TIER2}/memberOf/microsoft.graph.directoryRole": {TEAMS},
    f"groups/{TIER2}/transitiveMemberOf": {PLAIN_GROUP, BERLIN, TEAMS},
    f"groups/{TIER2}/transitiveMemberOf/microsoft.graph.group": {PLAIN_GROUP},
    f"groups/{TIER2}/transitiveMemberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"groups/{TIER2}/transitiveMemberOf/microsoft.graph.directoryRole": {TEAMS},
    f"users/{HANA}/memberOf": {TIER2, BERLIN},
    "users/hana@office.example/memberOf": {TIER2, BERLIN},
    "users(userPrincipalName='hana@office.example')/memberOf": {TIER2, BERLIN},
    f"users/{HANA}/memberOf/microsoft.graph.group": {TIER2},
    f"users/{HANA}/memberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"users/{GRACE}/memberOf/microsoft.graph.directoryRole": {GLOBAL_ADMINISTRATOR},
    f"users/{HANA}/transitiveMemberOf": {TIER2, PLAIN_GROUP, BERLIN, TEAMS},
    f"users/{HANA}/transitiveMemberOf/microsoft.graph.group": {TIER2, PLAIN_GROUP},
    f"users/{HANA}/transitiveMemberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"users/{HANA}/transitiveMemberOf/microsoft.graph.directoryRole": {TEAMS},
    f"users/{GRACE}/ownedObjects": {PLAIN_GROUP, APPLICATION, ROBOT},
    f"users/{GRACE}/ownedObjects/microsoft.graph.group": {PLAIN_GROUP},
    f"users/{GRACE}/ownedObjects/microsoft.graph.application": {APPLICATION},
    f"users/{GRACE}/ownedObjects/microsoft.graph.servicePrincipal": {ROBOT},
    "me/memberOf": {GLOBAL_ADMINISTRATOR},
    "me/memberOf/microsoft.graph.group": set(),
    "me/memberOf/microsoft.graph.administrativeUnit": set(),
    "me/memberOf/microsoft.graph.directoryRole": {GLOBAL_ADMINISTRATOR},
    "me/transitiveMemberOf": {GLOBAL_ADMINISTRATOR},
    "me/transitiveMemberOf/microsoft.graph.group": set(),
    "me/transitiveMemberOf/microsoft.graph.administrativeUnit": set(),
    "me/transitiveMemberOf/microsoft.graph.directoryRole": {GLOBAL_ADMINISTRATOR},
    "me/ownedObjects": {PLAIN_GROUP, APPLICATION, ROBOT},
    "me/ownedObjects/microsoft.graph.group": {PLAIN_GROUP},
    "me/ownedObjects/microsoft.graph.application": {APPLICATION},
    "me/ownedObjects/microsoft.graph.servicePrincipal": {ROBOT},
    f"servicePrincipals/{ROBOT}/memberOf": {TIER2, READER},
    f"servicePrincipals(appId='{ROBOT_APP}')/memberOf": {TIER2, READER},
    f"servicePrincipals/{ROBOT}/memberOf/microsoft.graph.group": {TIER2},
    f"servicePrincipals/{ROBOT}/memberOf/microsoft.graph.administrativeUnit": set(),
    f"servicePrincipals/{ROBOT}/memberOf/microsoft.graph.directoryRole": {READER},
    f"servicePrincipals/{ROBOT}/transitiveMemberOf": {TIER2, PLAIN_GROUP, READER, TEAMS},
    f"servicePrincipals/{ROBOT}/transitiveMemberOf/microsoft.graph.group": {TIER2, PLAIN_GROUP},
    f"servicePrincipals/{ROBOT}/transitiveMemberOf/microsoft.graph.administrativeUnit": set(),
    f"servicePrincipals/{ROBOT}/transitiveMemberOf/microsoft.graph.directoryRole": {READER, TEAMS},
    f"servicePrincipals/{ROBOT}/owners": {GRACE},
    f"servicePrincipals/{ROBOT}/owners/microsoft.graph.user": {GRACE},
    f"servicePrincipals/{ROBOT}/owners/microsoft.graph.servicePrincipal": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects/microsoft.graph.group": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects/microsoft.graph.application": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects/microsoft.graph.servicePrincipal": set(),
    f"applications/{APPLICATION}/owners": {GRACE},
    f"applications/{APPLICATION}/owners/microsoft.graph.user": {GRACE},
    f"applications/{APPLICATION}/owners/microsoft.graph.servicePrincipal": set(),
    f"directory/administrativeUnits/{BERLIN}/members": {HANA, TIER2},
    f"directory/administrativeUnits/{BERLIN}/members/microsoft.graph.user": {HANA},
    f"directory/administrativeUnits/{BERLIN}/members/microsoft.graph.group": {TIER2},
    f"directoryRoles/{READER}/members": {SAMUEL, ROBOT},
    f"directoryRoles(roleTemplateId='{READER}')/members": {SAMUEL, ROBOT},
    f"directoryRoles/{READER}/members/microsoft.graph.user": {SAMUEL},
    f"directoryRoles/{TEAMS}/members/microsoft.graph.group": {TIER2},
    f"directoryRoles/{READER}/members/microsoft.graph.servicePrincipal": {ROBOT},
    f"directoryRoles/{GLOBAL_ADMINISTRATOR}/members": {GRACE, HENRIK},
    "directory/deletedItems/microsoft.graph.user": {EX},
    "directory/deletedItems/microsoft.graph.group": {GONE},
    "directory/deletedItems/microsoft.graph.application": set(),
    "directory/deletedItems/microsoft.graph.servicePrincipal": set(),
    "directory/deletedItems/microsoft.graph.administrativeUnit": set(),
}
REFERENCED: Final = tuple(
    path for path in LISTS if CAST not in path and "(" not in path and "@" not in path
)


@pytest.mark.documented("Graph: list members, owners, memberOf and so on, with casts and by key")
@pytest.mark.witness(
    "GET groups/{id}/members",
    "GET groups/{id}/members/microsoft.graph.user",
    "GET groups/{id}/members/microsoft.graph.group",
    "GET groups/{id}/members/microsoft.graph.servicePrincipal",
    "GET groups/{id}/transitiveMembers",
    "GET groups/{id}/transitiveMembers/microsoft.graph.user",
    "GET groups/{id}/transitiveMembers/microsoft.graph.group",
    "GET groups/{id}/transitiveMembers/microsoft.graph.servicePrincipal",
    "GET groups/{id}/owners",
    "GET groups/{id}/owners/microsoft.graph.user",
    "GET groups/{id}/owners/microsoft.graph.servicePrincipal",
    "GET groups/{id}/memberOf",
    "GET groups/{id}/memberOf/microsoft.graph.group",
    "GET groups/{id}/memberOf/microsoft.graph.administrativeUnit",
    "GET groups/{id}/memberOf/microsoft.graph.directoryRole",
    "GET groups/{id}/transitiveMemberOf",
    "GET groups/{id}/transitiveMemberOf/microsoft.graph.group",
    "GET groups/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET groups/{id}/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET users/{id}/memberOf",
    "GET users/{id}/memberOf/microsoft.graph.group",
    "GET users/{id}/memberOf/microsoft.graph.administrativeUnit",
    "GET users/{id}/memberOf/microsoft.graph.directoryRole",
    "GET users/{id}/transitiveMemberOf",
    "GET users/{id}/transitiveMemberOf/microsoft.graph.group",
    "GET users/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET users/{id}/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET users/{id}/ownedObjects",
    "GET users/{id}/ownedObjects/microsoft.graph.group",
    "GET users/{id}/ownedObjects/microsoft.graph.application",
    "GET users/{id}/ownedObjects/microsoft.graph.servicePrincipal",
    "GET me/memberOf",
    "GET me/memberOf/microsoft.graph.group",
    "GET me/memberOf/microsoft.graph.administrativeUnit",
    "GET me/memberOf/microsoft.graph.directoryRole",
    "GET me/transitiveMemberOf",
    "GET me/transitiveMemberOf/microsoft.graph.group",
    "GET me/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET me/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET me/ownedObjects",
    "GET me/ownedObjects/microsoft.graph.group",
    "GET me/ownedObjects/microsoft.graph.application",
    "GET me/ownedObjects/microsoft.graph.servicePrincipal",
    "GET servicePrincipals/{id}/memberOf",
    "GET servicePrincipals/{id}/memberOf/microsoft.graph.group",
    "GET servicePrincipals/{id}/memberOf/microsoft.graph.administrativeUnit",
    "GET servicePrincipals/{id}/memberOf/microsoft.graph.directoryRole",
    "GET servicePrincipals/{id}/transitiveMemberOf",
    "GET servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.group",
    "GET servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET servicePrincipals/{id}/owners",
    "GET servicePrincipals/{id}/owners/microsoft.graph.user",
    "GET servicePrincipals/{id}/owners/microsoft.graph.servicePrincipal",
    "GET servicePrincipals/{id}/ownedObjects",
    "GET servicePrincipals/{id}/ownedObjects/microsoft.graph.group",
    "GET servicePrincipals/{id}/ownedObjects/microsoft.graph.application",
    "GET servicePrincipals/{id}/ownedObjects/microsoft.graph.servicePrincipal",
    "GET applications/{id}/owners",
    "GET applications/{id}/owners/microsoft.graph.user",
    "GET applications/{id}/owners/microsoft.graph.servicePrincipal",
    "GET directory/administrativeUnits/{id}/members",
    "GET directory/administrativeUnits/{id}/members/microsoft.graph.user",
    "GET directory/administrativeUnits/{id}/members/microsoft.graph.group",
    "GET directory/deletedItems/microsoft.graph.user",
    "GET directory/deletedItems/microsoft.graph.group",
    "GET directory/deletedItems/microsoft.graph.servicePrincipal",
    "GET directory/deletedItems/microsoft.graph.application",
    "GET directory/deletedItems/microsoft.graph.administrativeUnit",
    "GET directoryRoles/{id}/members",
    "GET directoryRoles/{id}/members/microsoft.graph.user",
    "GET directoryRoles/{id}/members/microsoft.graph.group",
    "GET directoryRoles/{id}/members/microsoft.graph.servicePrincipal",
)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", LISTS)
async def test_what_belongs_to_an_object_is_listed(
    furnished: Office, version: str, path: str
) -> None:
    response = await furnished.get(desk(furnished, GRACE), f"/{version}/{path}")
    ids = [one["id"] for one in response.json()["value"]]
    assert set(ids) == LISTS[path]
    assert len(ids) == len(LISTS[path])


@pytest.mark.documented("OData 4.01: collections of references to entities")
@pytest.mark.witness(
    "GET groups/{id}/members/$ref",
    "GET groups/{id}/transitiveMembers/$ref",
    "GET groups/{id}/owners/$ref",
    "GET groups/{id}/memberOf/$ref",
    "GET groups/{id}/transitiveMemberOf/$ref",
    "GET users/{id}/memberOf/$ref",
    "GET users/{id}/transitiveMemberOf/$ref",
    "GET users/{id}/ownedObjects/$ref",
    "GET me/memberOf/$ref",
    "GET me/transitiveMemberOf/$ref",
    "GET me/ownedObjects/$ref",
    "GET servicePrincipals/{id}/memberOf/$ref",
    "GET servicePrincipals/{id}/transitiveMemberOf/$ref",
    "GET servicePrincipals/{id}/owners/$ref",
    "GET servicePrincipals/{id}/ownedObjects/$ref",
    "GET applications/{id}/owners/$ref",
    "GET directory/administrativeUnits/{id}/members/$ref",
    "GET directoryRoles/{id}/members/$ref",
)
@pytest.mark.parametrize("path", REFERENCED)
async def test_references_are_listed(furnished: Office, path: str) -> None:
    key = desk(furnished, GRACE)
    body = (await furnished.get(key, f"/v1.0/{path}/$ref")).json()
    assert body["@odata.context"] == f"{ORIGIN}/v1.0/$metadata#Collection($ref)"
    found = {one["@odata.id"] for one in body["value"]}
    assert found == {f"{ORIGIN}/v1.0/directoryObjects/{id_}" for id_ in LISTS[path]}
    for address in found:
        assert (await furnished.get(key, address)).status_code == 200
    full = await furnished.get(
        key, f"/v1.0/{path}/$ref", accept="application/json;odata.metadata=full"
    )
    assert full.json()["value"] == body["value"], "a reference is an address and nothing more"


@pytest.mark.documented("promise 1: computed when asked")
async def test_what_was_activated_ends_by_itself(furnished: Office) -> None:
    furnished.clock.advance(HOUR)
    assert set(await list_ids(furnished, f"/v1.0/groups/{TIER2}/members")) == {OMAR, ROBOT}
    assert await list_ids(furnished, f"/v1.0/directoryRoles/{TEAMS}/members") == []
    assert await list_ids(furnished, f"/v1.0/users/{HANA}/transitiveMemberOf") == [BERLIN]
    groups = await list_ids(furnished, f"/v1.0/users/{OMAR}/transitiveMemberOf")
    assert set(groups) == {TIER2, PLAIN_GROUP}
