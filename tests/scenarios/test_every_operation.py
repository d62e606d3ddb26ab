"""Whatever is sent to any operation is answered in the published envelope, and never with a fault.

The transport of the tests holds each answer, and each refusal, against what is published.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from tests.scenarios.company import GRAPH, Company, found_company
from tests.support.fuzzing import bounded
from tests.support.permissions import EVERY_DELEGATED
from tests.support.random_bodies import Pools, body_type, fields_of
from tests.support.random_calls import Sent, calls
from timebound.dialects.graph.operations import OPERATIONS, Operation
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("promise of the design: bad input is never a fault of the service"),
]

BENCH: Final = {
    "displayName": "Bench",
    "kind": "public",
    "permissions": {"delegated": list(EVERY_DELEGATED)},
}
CALLER: Final = "gail"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """A company for the whole module, in which anything may change but who calls."""
    url = f"sqlite:///{tmp_path_factory.mktemp('every') / 'timebound.db'}"
    migrate(url)
    store = open_store(url)
    await store.open()
    company = await found_company(store, "every", {"applications": [BENCH]})
    yield company
    await company.client.aclose()
    await store.close()


def pools_of(company: Company) -> Pools:
    """Ids of everything but the caller, whom nothing may happen to."""
    ids = company.ids
    own = (*ids.principals.values(), *ids.units.values(), *list(ids.roles.values())[:6])
    known = tuple(id_ for id_ in own if id_ != company.find(CALLER))
    return Pools((*known, company.app_id("Robot")), f"{company.label}.example", known)


async def send(company: Company, sent: Sent) -> Any:  # noqa: ANN401 - an answer of the client
    token = await company.sign_in(CALLER, GRAPH, client="Bench")
    headers = {**sent.headers, "authorization": f"Bearer {token}"}
    return await company.client.request(
        sent.method, sent.url, headers=headers, content=sent.content
    )


@pytest.mark.parametrize("operation", [pytest.param(row, id=row.name) for row in OPERATIONS])
@given(data=st.data())
@bounded(4)
async def test_any_call_is_answered(
    bench: Company, operation: Operation, data: st.DataObject
) -> None:
    sent = data.draw(calls(operation, pools_of(bench), is_spoilt=True))

    answer = await send(bench, sent)

    assert answer.status_code < 500, (sent, answer.text)


WRONG: Final = (
    (row, field)
    for row in OPERATIONS
    if row.method in {"POST", "PATCH"} and row.path != "$batch"
    for type_ in [body_type(row)]
    if type_ is not None
    for field in fields_of(type_)
)
"""Each member of each body that is read."""


@pytest.mark.parametrize(
    ("operation", "field"),
    [pytest.param(row, field, id=f"{row.name} {field.encode_name}") for row, field in WRONG],
)
async def test_a_member_of_another_type_is_named(
    bench: Company, operation: Operation, field: inspect.Field
) -> None:
    version = min(one.value for one in operation.versions)
    wrong = {"x": 1} if not is_object(field.type) else [1]
    content = json.dumps({field.encode_name: wrong}).encode()
    path = operation.path.replace("{id}", await find_key(bench, operation))
    headers = {"content-type": "application/json"}

    answer = await send(bench, Sent(operation.method, f"/{version}/{path}", headers, content))

    assert answer.status_code == 400, answer.text
    assert field.encode_name in answer.json()["error"]["message"]


def is_object(told: inspect.Type) -> bool:
    """Whether objects are taken."""
    if isinstance(told, inspect.UnionType):
        return any(is_object(one) for one in told.types)
    return isinstance(told, inspect.StructType)


async def find_key(company: Company, operation: Operation) -> str:
    """A key that leads to the body: most operations read it first, one looks its target up."""
    if not operation.path.startswith("oauth2PermissionGrants"):
        return company.find("Payroll")
    answer = await send(company, Sent("GET", "/v1.0/oauth2PermissionGrants"))
    key: str = answer.json()["value"][0]["id"]
    return key
