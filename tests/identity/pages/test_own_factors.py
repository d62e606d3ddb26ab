"""Looking after one's own factors: what is added, made anew and removed, and by whom."""

from typing import Final

import httpx
import pytest

from tests.identity.flows.world import ADA, BEA, World, object_id
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_factor_pages import App, enrol, read_app
from tests.identity.pages.test_security_page import PAGE, enter, form_of
from tests.support.events import read_events
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet
from timebound.application.factor_ports import Factor
from timebound.domain.events import EventKind
from timebound.domain.ids import PrincipalId, TenantId

pytestmark = pytest.mark.documented("issue 3: registration of factors; ASVS 5.0 V6, V7")
DEEDS: Final = ("app", "enrol", "codes", "remove")


def read_codes(page: httpx.Response) -> tuple[str, ...]:
    """The codes on paper that a page shows."""
    return tuple(part.partition("<")[0] for part in page.text.split('<li class="code">')[1:])


async def factors_of(world: World, name: str) -> tuple[Factor, ...]:
    """What is kept of somebody."""
    store, user_id = world.service.parts.store, PrincipalId(object_id(name))
    return await store.list_factors(TenantId(TENANT), user_id)


async def add_app(reader: Reader, sheet: Sheet) -> tuple[App, httpx.Response]:
    """An app that is set up on the page."""
    page = await reader.send(form_of(sheet, "app"))
    app = read_app(page)
    return app, await reader.fill(page, "enrolment", code=app.code(-1))


async def enter_again(world: World, app: App, name: str = ADA) -> tuple[Reader, Sheet]:
    """Somebody who signs in with an app as well to look after their own."""
    reader = reader_of(world)
    page = await reader.sign_in(await reader.visit(PAGE), name)
    assert "Confirm that it is you" in Sheet(page.text).words
    page = await reader.fill(page, "code", code=app.code())
    return reader, Sheet(page.text)


async def test_an_app_is_added_and_asked_for_from_then_on(world: World) -> None:
    reader, sheet = await enter(world)
    assert "all that guards your account" in sheet.words
    app, kept = await add_app(reader, sheet)
    assert len(read_codes(kept)) == 10
    again = Sheet((await reader.visit(PAGE)).text)
    assert "App for one-time codes" in again.words
    assert "10 recovery codes are left" in again.words
    _, sheet = await enter_again(world, app)
    assert "App for one-time codes" in sheet.words
    events = await read_events(world.service.parts.settings.database, TenantId(TENANT))
    told = [one.data["kind"] for one in events if one.kind is EventKind.FACTOR_ADDED]
    assert sorted(str(one) for one in told) == ["recovery", "totp"]


async def test_a_wrong_code_sets_nothing_up(world: World) -> None:
    reader, sheet = await enter(world)
    page = await reader.send(form_of(sheet, "app"))
    wrong = await reader.fill(page, "enrolment", code="000000x")
    assert (wrong.status_code, "The code is wrong" in wrong.text) == (400, True)
    assert read_app(wrong) == read_app(page), "the app that was scanned will do"
    assert await factors_of(world, ADA) == ()


async def test_what_was_begun_for_one_person_is_not_set_up_for_another(world: World) -> None:
    reader, sheet = await enter(world)
    page = await reader.send(form_of(sheet, "app"))
    app, sealed = read_app(page), Sheet(page.text).form("enrolment").fields["enrolment"]
    other, theirs = await enter(world, BEA)
    fields = form_of(theirs, "app").fields | {"step": "enrol", "enrolment": sealed}
    answer = await other.send(Form(PAGE, fields | {"code": app.code()}))
    assert read_app(answer) != app
    assert await factors_of(world, BEA) == ()


async def test_new_codes_take_the_place_of_those_before(world: World) -> None:
    app, before, _ = await enrol(world)
    reader, sheet = await enter_again(world, app)
    codes = read_codes(await reader.send(form_of(sheet, "codes")))
    assert len(set(codes) | set(before)) == 20
    other = reader_of(world)
    page = await other.sign_in(await other.visit(PAGE), ADA)
    assert "is wrong" in (await other.fill(page, "code", code=before[0])).text
    page = await other.fill(page, "code", code=codes[0])
    assert "9 recovery codes are left" in Sheet(page.text).words


async def test_with_the_last_factor_go_its_codes(world: World) -> None:
    app, _, _ = await enrol(world)
    reader, sheet = await enter_again(world, app)
    done = await reader.send(form_of(sheet, "remove"))
    assert "That is removed" in Sheet(done.text).words
    assert await factors_of(world, ADA) == ()
    await enter(world)
    events = await read_events(world.service.parts.settings.database, TenantId(TENANT))
    told = [one.data["kind"] for one in events if one.kind is EventKind.FACTOR_REMOVED]
    assert sorted(str(one) for one in told) == ["recovery", "totp"]


async def test_nobody_removes_the_factor_of_somebody_else(world: World) -> None:
    await enrol(world)
    (first, *_) = await factors_of(world, ADA)
    reader, sheet = await enter(world, BEA)
    fields = form_of(sheet, "app").fields | {"step": "remove", "factor": first.id}
    await reader.send(Form(PAGE, fields))
    assert first in await factors_of(world, ADA)


@pytest.mark.parametrize("deed", DEEDS)
async def test_who_has_an_app_does_nothing_without_it(world: World, deed: str) -> None:
    reader, sheet = await enter(world)
    form = form_of(sheet, "app")
    await enrol(world)
    before = await factors_of(world, ADA)
    answer = await reader.send(Form(PAGE, form.fields | {"step": deed, "factor": before[0].id}))
    assert "Confirm that it is you" in Sheet(answer.text).words
    assert await factors_of(world, ADA) == before


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_form_of_another_page_changes_no_factor(world: World, deed: str) -> None:
    app, _, _ = await enrol(world)
    reader, sheet = await enter_again(world, app)
    before = await factors_of(world, ADA)
    fields = form_of(sheet, "remove").fields | {"step": deed}
    forged = await reader.send(Form(PAGE, fields), {"origin": "https://evil.example"})
    assert (forged.status_code, "AADSTS165000" in forged.text) == (400, True)
    assert await factors_of(world, ADA) == before
