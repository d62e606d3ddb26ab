"""The page where people look after how they sign in: their own, after a sign-in of just now."""

from typing import Final

import httpx
import pytest

from tests.identity.flows.world import ADA, BEA, MINUTE, WEB, World, object_id, told
from tests.identity.pages.reader import Reader, reader_of
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet
from timebound.application.sign_in_ports import Session
from timebound.domain.ids import PrincipalId, TenantId

PAGE: Final = f"/{TENANT}/security"
NEW: Final = "Moss-Kettle-77"
FREE: Final = "openid Calendars.Read"

pytestmark = pytest.mark.documented(
    "issue 3: session list and sign-out everywhere, review and revoke own grants, own password"
)


async def enter(world: World, name: str = ADA) -> tuple[Reader, Sheet]:
    """Somebody who signs in to look after their own."""
    reader = reader_of(world)
    page = await reader.sign_in(await reader.visit(PAGE), name)
    assert page.status_code == 200, page.text
    return reader, Sheet(page.text)


def form_of(sheet: Sheet, deed: str, **fields: str) -> Form:
    """The first form for something, filled in."""
    found = next(one for one in sheet.forms if one.fields.get("step") == deed)
    return Form(PAGE, found.fields | fields)


async def sessions_of(world: World, name: str) -> tuple[Session, ...]:
    """Where somebody is signed in."""
    parts, user_id = world.service.parts, PrincipalId(object_id(name))
    return await parts.store.list_sessions(TenantId(TENANT), user_id, parts.system.now())


async def test_a_sign_in_is_asked_for_and_leads_here(world: World) -> None:
    _, sheet = await enter(world)
    assert f"You are signed in as {ADA}" in sheet.words
    assert "This browser" in sheet.words


async def test_an_old_sign_in_is_not_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, sheet = await enter(world)
    monkeypatch.setattr("timebound.identity.pages.security.FRESH_FOR", -MINUTE)
    page = await reader.visit(PAGE)
    assert "Password" in Sheet(page.text).words
    assert "This browser" not in Sheet(page.text).words
    late = await reader.send(form_of(sheet, "everywhere"))
    assert "Sign in" in Sheet(late.text).words
    assert await sessions_of(world, ADA), "nothing was done"


async def test_a_password_is_changed_and_ends_what_began_with_the_old_one(world: World) -> None:
    other = await world.sign_in(ADA)
    reader, sheet = await enter(world)
    fields = {"password": "pass-word-1", "new_password": NEW, "new_password_again": NEW}
    done = await reader.send(form_of(sheet, "password", **fields))
    assert "Your password is changed" in Sheet(done.text).words
    assert "location" in (await other.authorize()).headers
    assert "/login" in (await other.authorize()).headers["location"]
    assert "code" in told(await reader.authorize()), "this browser stays signed in"


@pytest.mark.parametrize(
    ("current", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "The password is wrong"),
        ("pass-word-1", NEW, "Moss-Kettle-78", "not the same"),
        ("pass-word-1", "short", "short", "too easy"),
        ("", "", "", "Type a new password"),
        ("pass-word-1", "pass-word-1", "pass-word-1", "same as before"),
    ],
)
async def test_a_password_that_will_not_do(
    world: World, current: str, new: str, again: str, words: str
) -> None:
    reader, sheet = await enter(world)
    fields = {"password": current, "new_password": new, "new_password_again": again}
    answer = await reader.send(form_of(sheet, "password", **fields))
    assert (answer.status_code, words in answer.text) == (400, True)
    assert "code" in told(await reader_signs_in(world))


async def reader_signs_in(world: World) -> httpx.Response:
    """Somebody else's browser with the password from before."""
    reader = reader_of(world, "198.51.100.7")
    return await reader.sign_in(await reader.authorize(), ADA)


async def test_the_password_cannot_be_guessed_fast(world: World) -> None:
    reader, sheet = await enter(world)
    wrong = {"password": "guess", "new_password": NEW, "new_password_again": NEW}
    for _ in range(5):
        await reader.send(form_of(sheet, "password", **wrong))
    right = await reader.send(form_of(sheet, "password", **(wrong | {"password": "pass-word-1"})))
    assert "too often" in right.text


async def test_one_browser_is_signed_out_by_another(world: World) -> None:
    other = await world.sign_in(ADA)
    reader, sheet = await enter(world)
    forms = [one for one in sheet.forms if one.fields.get("step") == "session"]
    assert len(forms) == 2
    done = await reader.send(forms[1])
    assert "signed out" in Sheet(done.text).words
    assert "/login" in (await other.authorize()).headers["location"]
    assert "code" in told(await reader.authorize())


async def test_signing_out_here_and_everywhere(world: World) -> None:
    reader, sheet = await enter(world)
    await reader.send(form_of(sheet, "session"))
    assert not await sessions_of(world, ADA)
    other, theirs = await world.sign_in(ADA), await world.sign_in(BEA)
    reader, sheet = await enter(world)
    await reader.send(form_of(sheet, "everywhere"))
    assert not await sessions_of(world, ADA)
    assert "/login" in (await other.authorize()).headers["location"]
    assert "code" in told(await theirs.authorize())


async def test_nobody_signs_out_somebody_else(world: World) -> None:
    await world.sign_in(BEA)
    (theirs,) = await sessions_of(world, BEA)
    reader, sheet = await enter(world)
    await reader.send(form_of(sheet, "session", session=theirs.who.session_id))
    assert len(await sessions_of(world, BEA)) == 1


async def test_a_consent_is_taken_back(world: World) -> None:
    reader, _ = await enter(world)
    question = Sheet((await reader.authorize(scope=FREE)).text).form("ctx")
    await reader.send(Form(question.action, question.fields | {"answer": "accept"}))
    sheet = Sheet((await reader.visit(PAGE)).text)
    assert "Web" in sheet.words
    assert "See calendars" in sheet.words
    done = await reader.send(form_of(sheet, "consent"))
    assert "may do nothing for you any more" in done.text
    asked = await reader.authorize(scope=FREE)
    assert asked.status_code == 200, "it is asked for anew"
    parts, user_id = world.service.parts, PrincipalId(object_id(ADA))
    assert await parts.store.list_consents(TenantId(TENANT), user_id) == {}


@pytest.mark.parametrize("app_id", [WEB.replace("1", "9"), "", "x"])
async def test_what_was_never_agreed_to_is_not_taken_back(world: World, app_id: str) -> None:
    reader, sheet = await enter(world)
    form = Form(
        "", form_of(sheet, "everywhere").fields | {"step": "consent", "application": app_id}
    )
    answer = await reader.send(form)
    assert (answer.status_code, "This browser" in answer.text) == (200, True)


@pytest.mark.parametrize("deed", ["password", "session", "everywhere", "consent"])
async def test_a_form_of_another_page_does_nothing(world: World, deed: str) -> None:
    reader, sheet = await enter(world)
    token = form_of(sheet, "everywhere").fields["form_token"]
    for form, headers in (
        (Form(PAGE, {"step": deed}), None),
        (Form(PAGE, {"step": deed, "form_token": token}), {"origin": "https://evil.example"}),
    ):
        forged = await reader.send(form, headers)
        assert (forged.status_code, "AADSTS165000" in forged.text) == (400, True)
    assert await sessions_of(world, ADA)
