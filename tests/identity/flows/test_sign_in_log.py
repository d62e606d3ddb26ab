"""The sign-in log: what is told of whoever comes for tokens, and what is never in it."""

import json
from typing import Final

import pytest

from tests.identity.flows.world import ADA, BACK, GRAPH, PHONE, WEB, WEB_SECRET, World, told
from tests.identity.pages.reader import reader_of
from tests.support.endings import end_sign_ins
from tests.support.events import read_rows
from tests.support.service import REMOTE, ROBOT, SECRET, TENANT, id_of
from timebound.application.queries import Query
from timebound.application.sign_in_log import STRANGERS_A_MINUTE
from timebound.application.sign_in_log_ports import KeptSignIn
from timebound.domain.ids import TenantId
from timebound.identity.problems import Fault
from timebound.identity.scopes import GRAPH_APP_ID

pytestmark = pytest.mark.documented("issue 4: the sign-in log from the identity side")
PASSWORD: Final = "pass-word-1"
ALONE: Final = {
    "grant_type": "client_credentials",
    "client_id": ROBOT,
    "client_secret": SECRET,
    "scope": GRAPH,
}
BY_PASSWORD: Final = {
    "grant_type": "password",
    "client_id": PHONE,
    "username": ADA,
    "password": PASSWORD,
    "scope": f"{GRAPH} openid offline_access",
}


async def read(world: World) -> list[KeptSignIn]:
    """What was told until now, the newest first."""
    parts = world.service.parts
    await parts.sign_ins.flush()
    return list((await parts.store.read_sign_ins(TenantId(TENANT), Query(100))).rows)


async def ask(world: World, form: dict[str, str], **changes: str) -> dict[str, str]:
    answer = await world.service.ask_token({**form, **changes})
    found: dict[str, str] = answer.json()
    return found


async def test_an_application_on_its_own(world: World) -> None:
    await ask(world, ALONE)
    (one,) = await read(world)
    assert (one.kind, one.fault, one.credential) == ("servicePrincipal", 0, "clientSecret")
    assert (one.app_id, one.app_name) == (ROBOT, "Robot")
    assert one.account_id == id_of("servicePrincipal", "Robot")
    assert (one.resource_id, one.resource_name) == (GRAPH_APP_ID, "Microsoft Graph")
    assert (one.user_id, one.address) == (None, "127.0.0.1")


async def test_an_application_that_does_it_over_and_over_is_told_once_a_batch(
    world: World,
) -> None:
    for _ in range(5):
        await ask(world, ALONE)
        await ask(world, ALONE, client_secret="wrong")
    faults = sorted(one.fault for one in await read(world))
    assert faults == [0, Fault.SECRET_WRONG.number]


async def test_somebody_with_a_password(world: World) -> None:
    tokens = await ask(world, BY_PASSWORD)
    (one,) = await read(world)
    assert (one.kind, one.protocol, one.fault) == ("interactiveUser", "ropc", 0)
    assert (one.user_principal_name, one.user_name, one.app_id) == (ADA, "Ada", PHONE)
    assert one.methods[0] == "pwd"

    refreshed = {
        "grant_type": "refresh_token",
        "client_id": PHONE,
        "refresh_token": tokens["refresh_token"],
        "scope": GRAPH,
    }
    await ask(world, refreshed)
    newest = (await read(world))[0]
    assert (newest.kind, newest.user_principal_name) == ("nonInteractiveUser", ADA)

    store, at = world.service.parts.store, world.service.parts.clock.now()
    await end_sign_ins(store, TenantId(TENANT), newest.user_id or "", at)
    assert (await ask(world, refreshed))["error"] == "invalid_grant"
    newest = (await read(world))[0]
    assert (newest.kind, newest.fault) == ("nonInteractiveUser", Fault.GRANT_REVOKED.number)
    assert newest.user_principal_name == ADA


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"password": "not-the-password"}, Fault.SIGN_IN_WRONG),
        ({"client_id": "11111111-0000-4000-8000-0000000000ff"}, Fault.APPLICATION_UNKNOWN),
    ],
)
async def test_a_failure_is_told_with_its_number(
    world: World, changes: dict[str, str], fault: Fault
) -> None:
    await ask(world, BY_PASSWORD, **changes)
    (one,) = await read(world)
    assert (one.fault, one.user_principal_name, one.user_name) == (fault.number, ADA, "Ada")
    assert "11111111" not in one.reason


@pytest.mark.parametrize(
    "form",
    [
        {**BY_PASSWORD, "grant_type": "nothing"},
        {**BY_PASSWORD, "username": ""},
        {**BY_PASSWORD, "username": "a\0b"},
        {"grant_type": "authorization_code", "client_id": WEB, "code": "made-up"},
        {"grant_type": "refresh_token", "client_id": WEB, "refresh_token": "made-up"},
    ],
)
async def test_what_is_nobodys_sign_in_is_not_told(world: World, form: dict[str, str]) -> None:
    await ask(world, form)
    assert await read(world) == []


async def test_in_front_of_a_browser(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    assert (await reader.sign_in(page, ADA, "not-the-password")).status_code == 400
    answer = await reader.sign_in(page, ADA)
    assert answer.headers["location"].startswith(BACK)
    await world.redeem(told(answer)["code"])
    right, wrong = await read(world)
    assert (right.kind, right.fault, right.client) == ("interactiveUser", 0, "Browser")
    assert (wrong.kind, wrong.fault) == ("interactiveUser", Fault.SIGN_IN_WRONG.number)
    for one in (right, wrong):
        assert (one.app_id, one.app_name, one.user_principal_name) == (WEB, "Web", ADA)
    assert right.correlation_id
    assert right.resource_name == "Microsoft Graph"

    assert "code" in told(await reader.authorize(prompt="none"))
    assert (await read(world))[0].kind == "nonInteractiveUser"


async def test_names_that_nobody_has_fill_nothing(world: World) -> None:
    for number in range(STRANGERS_A_MINUTE * 3):
        await ask(world, BY_PASSWORD, username=f"nobody{number}@small.example")
    await ask(world, BY_PASSWORD, password="wrong-1")
    kept = await read(world)
    assert len(kept) == STRANGERS_A_MINUTE + 1
    assert kept[0].user_principal_name == ADA


async def test_where_it_came_from_is_told(world: World) -> None:
    async with world.service.client_at(REMOTE) as client:
        path = f"/{TENANT}/oauth2/v2.0/token"
        headers = {
            "user-agent": "probe/1",
            "client-request-id": "5c8f3f34-0000-4000-8000-000000000001",
        }
        await client.post(path, data=ALONE, headers=headers)
    (one,) = await read(world)
    assert (one.address, one.agent) == (REMOTE, "probe/1")
    assert one.correlation_id == headers["client-request-id"]


async def test_no_secret_is_in_it(world: World) -> None:
    tokens = await ask(world, BY_PASSWORD)
    await ask(world, ALONE)
    await ask(world, ALONE, client_secret="a-wrong-secret")
    await ask(world, BY_PASSWORD, password="a-wrong-password")
    assert len(await read(world)) == 4
    rows = await read_rows(world.service.parts.settings.database, "sign_ins", TENANT)
    text = json.dumps([dict(row) for row in rows], default=str)
    for secret in (PASSWORD, SECRET, "a-wrong", tokens["refresh_token"], WEB_SECRET):
        assert secret not in text
