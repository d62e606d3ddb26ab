"""A tenant that asks everybody for a second factor, and passwords that have to be changed first."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.identity.flows.world import ADA, FLOW_SEED, GUS, PHONE, World, open_world, told
from tests.identity.pages.reader import reader_of
from tests.identity.pages.test_factor_pages import enrol, read_app
from tests.identity.pages.test_login import force_change
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import TENANT
from tests.support.sheets import Sheet

C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[World]:
    """The service in which a password alone signs nobody in."""
    seed = {**FLOW_SEED, "settings": {"second_factor": "always", "password_step_up": "allow"}}
    async with open_world(tmp_path, seed) as opened:
        yield opened


async def ask_by_password(world: World, **more: str) -> dict[str, Any]:
    """The token endpoint's answer to a name and a password."""
    form = {"grant_type": "password", "client_id": PHONE, "scope": "User.Read"}
    answer = await world.service.ask_token(
        {**form, "username": ADA, "password": "pass-word-1", **more}
    )
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.documented("issue 3: second factors, registered where they are lacking; AADSTS50076")
async def test_everybody_is_asked_and_keeps_what_they_showed(strict: World) -> None:
    reader = reader_of(strict)
    page = await reader.sign_in(await reader.authorize(), ADA)
    assert "Set up a second factor" in Sheet(page.text).words
    kept = await reader.fill(page, "enrolment", code=read_app(page).code(-1))
    done = await reader.visit(Sheet(kept.text).links["I have kept them: go on"])
    first = (await strict.redeem(told(done)["code"])).json()
    assert set(claims_of(first["access_token"])["amr"]) == {"pwd", "otp", "mfa"}
    renewed = await strict.redeem("", grant_type="refresh_token", **_of(first))
    assert renewed.status_code == 200, renewed.text
    assert "code" in told(await reader.authorize()), "nobody is asked twice"


@pytest.mark.documented("issue 3: admin consent is asked of who has signed in as strongly as all")
async def test_an_administrator_agrees_with_a_second_factor(strict: World) -> None:
    reader = reader_of(strict)
    asked = {"client_id": PHONE, "redirect_uri": "http://localhost:1", "scope": "Mail.Read"}
    page = await reader.sign_in(await reader.visit(f"/{TENANT}/adminconsent", asked), GUS)
    assert "Set up a second factor" in Sheet(page.text).words


@pytest.mark.documented("issue 3: second factors; settings.md, second_factor: at every sign-in")
async def test_nobody_looks_after_their_own_with_a_password_alone(strict: World) -> None:
    reader = reader_of(strict)
    page = await reader.sign_in(await reader.visit(f"/{TENANT}/security"), ADA)
    assert "Set up a second factor" in Sheet(page.text).words
    kept = await reader.fill(page, "enrolment", code=read_app(page).code(-1))
    own = await reader.visit(Sheet(kept.text).links["I have kept them: go on"])
    assert f"You are signed in as {ADA}" in Sheet(own.text).words


def _of(tokens: dict[str, Any]) -> dict[str, str]:
    return {"refresh_token": tokens["refresh_token"], "redirect_uri": ""}


@pytest.mark.documented(
    "AADSTS50076: multi-factor authentication is required; AADSTS50079: enrolment for it is"
)
@pytest.mark.parametrize(("has_one", "number"), [(False, 50079), (True, 50076)])
async def test_a_password_alone_is_refused_where_no_page_can_ask(
    strict: World, number: int, *, has_one: bool
) -> None:
    if has_one:
        await enrol(strict)
    refused = await ask_by_password(strict)
    assert (refused["error"], refused["error_codes"]) == ("interaction_required", [number])
    assert refused["suberror"] == "basic_action"
    silent = await strict.sign_in(ADA)
    answer = told(await silent.authorize(prompt="none"))
    assert f"AADSTS{number}" in answer["error_description"]
    assert "access_token" in await ask_by_password(strict, claims=C1)


@pytest.mark.documented("issue 3: passwords; AADSTS50055")
async def test_a_password_that_was_given_gets_no_token(world: World) -> None:
    await force_change(world, ADA)
    refused = await ask_by_password(world)
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [50055])
    wrong = await ask_by_password(world, password="guess")
    assert wrong["error_codes"] == [50126], "told only to those who know the password"
