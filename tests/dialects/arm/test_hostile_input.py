"""Input that is long, deep or written with odd letters: refused, and never another's place."""

from http import HTTPStatus

import pytest

from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    PROVIDER,
    SUBSCRIPTION,
    WEB,
    Held,
    add,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, GRACE, OMAR, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import ChangeSet
from timebound.domain.azure.places import read_place
from timebound.domain.scopes import Scope, ScopeKind

VERSION = "?api-version=2021-04-01"
SITE = "providers/Microsoft.Web/sites/front"
POLICIES = f"{SUBSCRIPTION}/{PROVIDER}/roleManagementPolicies?api-version=2020-10-01"
RESOURCES = f"{SUBSCRIPTION}/resources{VERSION}"


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


@pytest.mark.inferred("what is read at all has a length")
@pytest.mark.parametrize("path", [f"{WEB}/providers/a{'/b/c' * 40}", f"{WEB}/{'x' * 2_048}"])
def test_no_place_is_as_long_as_that(path: str) -> None:
    assert read_place(path) is None


@pytest.mark.inferred("what is read at all has a length")
@pytest.mark.parametrize("where", [POLICIES, RESOURCES])
async def test_no_filter_is_as_long_as_that(office: ArmOffice, where: str) -> None:
    answer = await office.get(GRACE, f"{where}&$filter={'a' * 2_001}")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    padded = await office.get(GRACE, f"{where}&$filter={'+' * 5_000}")
    assert padded.status_code == HTTPStatus.OK


@pytest.mark.inferred("'\u0130' and 'i\u0307' are two names, though of one lower case")
async def test_a_name_of_odd_letters_leads_into_no_other_group(office: ArmOffice) -> None:
    mine, other = (f"{SUBSCRIPTION}/resourceGroups/{name}" for name in ("\u0130x", "\u0130xx"))
    site = f"{other}/{SITE}"
    pairs = ((mine, SUBSCRIPTION), (other, SUBSCRIPTION), (site, other))
    nodes = tuple(
        PutScope(Scope(ScopeKind.AZURE, path), Scope(ScopeKind.AZURE, parent))
        for path, parent in pairs
    )
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), nodes))
    await add(office.store, Held(60, OMAR, CONTRIBUTOR, mine))
    elsewhere = f"{SUBSCRIPTION}/resourceGroups/i\u0307x/{SITE}{VERSION}"
    refused = await office.put(OMAR, elsewhere, {"location": "westeurope"})
    assert refused.status_code == HTTPStatus.FORBIDDEN
    made = await office.put(OMAR, f"{mine}/{SITE}{VERSION}", {"location": "westeurope"})
    assert made.status_code == HTTPStatus.CREATED
    assert made.json()["id"] == f"{mine}/{SITE}"
    found = (await office.store.find_by_paths(TENANT, [site]))[Scope(ScopeKind.AZURE, site).key]
    assert found.parent is not None
    assert found.parent.path == other


@pytest.mark.inferred("what is kept must be told again, so it has a depth")
@pytest.mark.parametrize("depth", [70, 600])
async def test_a_deep_body_is_refused(office: ArmOffice, depth: int) -> None:
    deep: object = 1
    for _ in range(depth):
        deep = {"a": deep}
    asked = f"{WEB}/{SITE}{VERSION}"
    made = await office.put(GRACE, asked, {"location": "westeurope", "properties": deep})
    assert made.status_code == HTTPStatus.BAD_REQUEST
    assert made.json()["error"]["code"] == "InvalidRequestContent"
    assert (await office.get(GRACE, RESOURCES)).status_code == HTTPStatus.OK
