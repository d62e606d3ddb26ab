"""How strongly and how recently somebody has to have signed in at the moment they agree."""

from datetime import timedelta

import httpx
import pytest

from tests.identity.flows.world import ADA, BACK, GUS, PHONE, WEB, World, object_id, told
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_consent_page import ADMIN, FREE, answer_of, ask
from tests.identity.pages.test_factor_pages import C1, App, enrol
from tests.support.service import TENANT
from tests.support.sheets import Sheet
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId

CONFIRM = "Confirm that it is you"
PRIVILEGED = "openid Directory.Read.All"

pytestmark = pytest.mark.documented("issue 3: consent is judged anew; step-up of who has a factor")


async def for_all(world: World) -> frozenset[str]:
    """What the web application may do for everybody."""
    store, app_id = world.service.parts.store, ApplicationId(WEB)
    return await store.granted_permissions(TenantId(TENANT), app_id, is_delegated=True)


async def for_one(world: World, name: str) -> frozenset[str]:
    """What the web application may do for somebody."""
    store, user_id = world.service.parts.store, PrincipalId(object_id(name))
    return await store.user_permissions(TenantId(TENANT), ApplicationId(WEB), user_id)


async def confirm(reader: Reader, page: httpx.Response, app: App) -> Sheet:
    """The page that follows the code of an app, where one is asked for."""
    assert CONFIRM in Sheet(page.text).words
    return Sheet((await reader.fill(page, "code", code=app.code())).text)


async def test_who_has_a_factor_shows_it_to_agree_for_everybody(world: World) -> None:
    app, _, _ = await enrol(world, GUS)
    reader = reader_of(world)
    sheet = await ask(reader, GUS, PRIVILEGED)
    held = await reader.send(answer_of(sheet, "accept", for_all="on"))
    assert "Directory.Read.All" not in await for_all(world)
    again = await confirm(reader, held, app)
    assert "May Web do this" in again.words
    assert "code" in told(await reader.send(answer_of(again, "accept", for_all="on")))
    assert "Directory.Read.All" in await for_all(world)


async def test_who_has_a_factor_agrees_for_themselves_without_it(world: World) -> None:
    await enrol(world, ADA)
    reader = reader_of(world)
    sheet = await ask(reader, ADA, FREE)
    assert "code" in told(await reader.send(answer_of(sheet, "accept")))
    assert await for_one(world, ADA) == {"Calendars.Read"}


async def test_the_administrators_page_asks_for_the_factor_first(world: World) -> None:
    app, _, _ = await enrol(world, GUS)
    reader = reader_of(world)
    asked = {"client_id": PHONE, "redirect_uri": "http://localhost:1", "scope": "Mail.Read"}
    page = await reader.sign_in(await reader.visit(ADMIN, asked), GUS)
    sheet = await confirm(reader, page, app)
    assert "May Phone do this in your organization?" in sheet.words
    assert told(await reader.send(answer_of(sheet, "accept")))["admin_consent"] == "True"


async def test_a_sign_in_that_has_become_too_old_agrees_to_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reader_of(world)
    await reader.sign_in(await reader.authorize(), ADA)
    sheet = Sheet((await reader.authorize(scope=FREE, max_age="600")).text)
    go_on(world, monkeypatch, 11)
    late = await reader.send(answer_of(sheet, "accept"))
    assert "Password" in Sheet(late.text).words
    assert await for_one(world, ADA) == frozenset()


async def test_the_session_that_agrees_is_as_strong_as_the_request_asks(world: World) -> None:
    app, _, strong = await enrol(world, ADA)
    sheet = Sheet((await strong.authorize(scope=FREE, claims=C1)).text)
    weak = reader_of(world)
    await weak.sign_in(await weak.authorize(), ADA)
    theirs = Sheet((await weak.authorize(scope="openid Mail.Read")).text).form("form_token")
    form = answer_of(sheet, "accept", form_token=theirs.fields["form_token"])
    held = await weak.send(form)
    assert await for_one(world, ADA) == frozenset()
    again = await confirm(weak, held, app)
    assert "code" in told(await weak.send(answer_of(again, "accept")))


def go_on(world: World, monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """Lets time go by, for sign-ins."""
    clock = world.service.parts.system
    later = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(type(clock), "now", lambda _: later)


PHONE_ASKS = {"client_id": PHONE, "redirect_uri": "http://localhost:1", "scope": "Mail.Read"}


async def test_the_administrators_page_asks_for_a_sign_in_of_just_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _, strong = await enrol(world, GUS)
    assert "May Phone do this" in Sheet((await strong.visit(ADMIN, PHONE_ASKS)).text).words
    go_on(world, monkeypatch, 11)
    page = await strong.visit(ADMIN, PHONE_ASKS)
    assert "Password" in Sheet(page.text).words
    again = await strong.sign_in(page, GUS)
    assert CONFIRM in Sheet(again.text).words, "the factor as well, that was shown before"
    sheet = Sheet((await strong.fill(again, "code", code=app.code(22))).text)
    done = told(await strong.send(answer_of(sheet, "accept")))
    assert done["admin_consent"] == "True"


@pytest.mark.parametrize("is_own_page", [True, False])
async def test_an_old_sign_in_agrees_to_nothing_for_everybody(
    world: World, monkeypatch: pytest.MonkeyPatch, *, is_own_page: bool
) -> None:
    """Not on the page that was opened while it was new either."""
    reader = reader_of(world)
    await reader.sign_in(await reader.authorize(), GUS)
    page = await (
        reader.visit(ADMIN, {**PHONE_ASKS, "client_id": WEB, "redirect_uri": BACK})
        if is_own_page
        else reader.authorize(scope="openid Mail.Read")
    )
    sheet = Sheet(page.text)
    go_on(world, monkeypatch, 11)
    held = await reader.send(answer_of(sheet, "accept", for_all="on"))
    assert "Password" in Sheet(held.text).words
    assert "Mail.Read" not in await for_all(world)
    again = Sheet((await reader.sign_in(held, GUS)).text)
    await reader.send(answer_of(again, "accept", for_all="on"))
    assert "Mail.Read" in await for_all(world)
