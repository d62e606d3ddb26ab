"""Signing out: by the client's id token at once, otherwise after a question."""

from typing import Any

import httpx
import pytest

from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.world import ADA, BACK, BEA, PHONE, WEB, Visitor, World, told
from tests.support.service import ORIGIN, TENANT
from timebound.domain.ids import TenantId
from timebound.identity.discovery import Place
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.leaving import confirm_leaving, leave
from timebound.identity.flows.outcomes import AskSignOut, SendTo, ShowTrouble
from timebound.identity.flows.visits import Visit
from timebound.identity.problems import Fault, Refusal

LOGOUT = f"/{TENANT}/oauth2/v2.0/logout"
EVIL = "https://evil.example/cb"


async def tokens(world: World, visitor: Visitor) -> dict[str, Any]:
    code = told(await visitor.authorize())["code"]
    body: dict[str, Any] = (await world.redeem(code)).json()
    return body


async def is_in(world: World, visitor: Visitor) -> bool:
    return await world.sessions.find(visitor.browser) is not None


async def visit(world: World, visitor: Visitor, **fields: str) -> Visit:
    tenant = await world.service.parts.store.find_tenant(TENANT)
    return Visit(Place(tenant, TENANT), ORIGIN, visitor.cookies, fields)


@pytest.mark.documented("RP-Initiated Logout, 2 and 3: the hint, where to go on, state")
async def test_a_client_signs_its_person_out(world: World) -> None:
    visitor = await world.sign_in()
    hint = (await tokens(world, visitor))["id_token"]
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BACK, "state": "a b"}
    answer = await visitor.get(LOGOUT, fields)
    assert answer.status_code == httpx.codes.SEE_OTHER
    assert answer.headers["location"] == f"{BACK}?state=a+b"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not await is_in(world, visitor)


@pytest.mark.documented("RP-Initiated Logout, 6: without a hint the person is asked")
async def test_nobody_is_signed_out_by_a_link(world: World) -> None:
    visitor, other = await world.sign_in(), await world.sign_in(BEA)
    foreign = (await tokens(world, other))["id_token"]
    access = (await tokens(world, visitor))["access_token"]
    for hint in ("", "x", "a.b.c", foreign, access):
        outcome = await leave(flows_of(world), await visit(world, visitor, id_token_hint=hint))
        assert isinstance(outcome, AskSignOut)
        assert outcome.user_name == ADA
        assert await is_in(world, visitor)


@pytest.mark.documented("RP-Initiated Logout, 3: only what is registered for the client")
@pytest.mark.parametrize(
    "fields",
    [
        {"post_logout_redirect_uri": EVIL},
        {"post_logout_redirect_uri": f"{BACK}/"},
        {"post_logout_redirect_uri": BACK, "client_id": PHONE},
        {"post_logout_redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_the_browser_goes_nowhere_else(world: World, fields: dict[str, str]) -> None:
    visitor = await world.sign_in()
    hint = (await tokens(world, visitor))["id_token"]
    answer = await visitor.get(LOGOUT, {"id_token_hint": hint, **fields})
    assert answer.status_code == httpx.codes.OK
    assert "location" not in answer.headers
    assert not await is_in(world, visitor)


@pytest.mark.inferred("whoever says on the page that they mean it is signed out and goes on")
async def test_a_person_who_is_asked_leaves(world: World) -> None:
    visitor = await world.sign_in()
    asked = await visit(world, visitor, client_id=WEB, post_logout_redirect_uri=BACK)
    outcome = await leave(flows_of(world), asked)
    assert isinstance(outcome, AskSignOut)
    found = world.interactions.open(outcome.ctx, TenantId(TENANT))
    assert found is not None
    other = Interaction("/x", TenantId(TENANT), details={"for": "consent", "target": EVIL})
    over = ShowTrouble(Refusal(Fault.PAGE_OVER))
    assert await confirm_leaving(flows_of(world), asked, other) == over
    bea = await world.sign_in(BEA)
    assert await confirm_leaving(flows_of(world), await visit(world, bea), found) == over
    assert await is_in(world, bea)
    assert await is_in(world, visitor)
    left = await confirm_leaving(flows_of(world), asked, found)
    assert isinstance(left, SendTo)
    assert left.url == BACK
    assert not await is_in(world, visitor)


@pytest.mark.inferred("where nobody is signed in there is nobody to ask")
async def test_nobody_leaves_without_a_question(world: World) -> None:
    answer = await world.nobody().get(LOGOUT, {"client_id": WEB, "post_logout_redirect_uri": BACK})
    assert answer.headers["location"] == BACK
    assert (await world.nobody().post(LOGOUT, {})).status_code == httpx.codes.OK
