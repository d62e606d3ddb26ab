"""Who read nothing is not logged; who changed something, or tried to, is: over every operation."""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.company import GRAPH, ORIGIN, Company, found_company
from tests.scenarios.test_every_operation import BENCH, CALLER
from tests.support.fuzzing import bounded
from tests.support.random_bodies import Pools
from tests.support.random_calls import Sent, calls
from timebound.application.audit_ports import KeptAudit
from timebound.application.auditing import AuditTrail
from timebound.application.queries import Query
from timebound.dialects.graph.operations import OPERATIONS, Operation
from timebound.server.app import create_app
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.documented("issue 4: reading is not logged, changing and trying to change is"),
]
STRANGER: Final = "eve"
READING_POSTS: Final = frozenset(
    {
        "checkMemberGroups",
        "checkMemberObjects",
        "getByIds",
        "getMemberGroups",
        "getMemberObjects",
        "validateProperties",
    }
)
"""What is sent by POST and reads."""


def is_reading(operation: Operation) -> bool:
    return operation.method == "GET" or operation.path.rpartition("/")[2] in READING_POSTS


READS: Final = [pytest.param(one, id=one.name) for one in OPERATIONS if is_reading(one)]
WRITES: Final = [
    pytest.param(one, id=one.name)
    for one in OPERATIONS
    if not is_reading(one) and one.path != "$batch"
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """A company for the whole module, in which anything may change but who calls."""
    url = f"sqlite:///{tmp_path_factory.mktemp('watched') / 'timebound.db'}"
    migrate(url)
    store = open_store(url)
    await store.open()
    company = await found_company(store, "watched", {"applications": [BENCH]})
    yield company
    await company.client.aclose()
    await store.close()


def pools_of(company: Company) -> Pools:
    """Ids of everything but those who call, whom nothing may happen to."""
    ids, callers = company.ids, {company.find(CALLER), company.find(STRANGER)}
    own = (*ids.principals.values(), *ids.units.values(), *list(ids.roles.values())[:6])
    known = tuple(id_ for id_ in own if id_ not in callers)
    return Pools((*known, company.app_id("Robot")), f"{company.label}.example", known)


async def read(company: Company) -> tuple[int, KeptAudit | None]:
    """How many records there are, and the newest that was made."""
    parts = company.parts
    tenant_id = company.ids.tenant_id
    await AuditTrail(parts.store, parts.sealer).catch_up(tenant_id, parts.clock.now())
    page = await parts.store.read_audits(tenant_id, Query(200, is_counted=True))
    assert page.total is not None
    newest = max(page.rows, key=lambda one: one.event_id, default=None)
    return page.total, newest


async def failures(company: Company) -> int:
    tenant_id = company.ids.tenant_id
    page = await company.parts.store.read_audits(tenant_id, Query(1000))
    return sum(one.result == "failure" for one in page.rows)


async def send(company: Company, who: str, sent: Sent) -> Any:  # noqa: ANN401 - an answer of the client
    token = await company.sign_in(who, GRAPH, client="Bench")
    headers = {**sent.headers, "authorization": f"Bearer {token}"}
    # Not the client of the company: how answers look is for other tests to say.
    transport = httpx.ASGITransport(create_app(company.parts))
    hooks = company.client.event_hooks
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, event_hooks=hooks) as client:
        return await client.request(sent.method, sent.url, headers=headers, content=sent.content)


@pytest.mark.parametrize("operation", READS)
@given(data=st.data())
@bounded(2)
async def test_reading_leaves_no_record(
    watched: Company, operation: Operation, data: st.DataObject
) -> None:
    before = await read(watched)
    await send(watched, CALLER, data.draw(calls(operation, pools_of(watched))))
    assert await read(watched) == before


@pytest.mark.parametrize("operation", WRITES)
@given(data=st.data())
@bounded(6)
async def test_whatever_was_changed_is_logged(
    watched: Company, operation: Operation, data: st.DataObject
) -> None:
    sent = data.draw(calls(operation, pools_of(watched)))
    before, _ = await read(watched)
    answer = await send(watched, CALLER, sent)
    after, _ = await read(watched)
    if answer.is_success and not is_rehearsal(sent):
        assert after > before, (sent, answer.text)


@pytest.mark.parametrize("operation", WRITES)
@given(data=st.data())
@bounded(6)
async def test_whoever_may_not_is_logged_with_the_reason(
    watched: Company, operation: Operation, data: st.DataObject
) -> None:
    sent = data.draw(calls(operation, pools_of(watched)))
    before = (await read(watched), await failures(watched))
    answer = await send(watched, STRANGER, sent)
    after = (await read(watched), await failures(watched))
    if answer.status_code == 403 and not is_rehearsal(sent):
        assert after[1] > before[1], (sent, answer.text)


def is_rehearsal(sent: Sent) -> bool:
    """Whether nothing was to come of it."""
    return b'"isValidationOnly": true' in (sent.content or b"") or b'"isValidationOnly":true' in (
        sent.content or b""
    )
