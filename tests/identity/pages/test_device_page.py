"""The pages for devices, for signing out, and for what went wrong."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.identity.flows.world import ADA, AUTHORIZE, PHONE, WEB, World
from tests.identity.pages.reader import Reader, reader_of
from tests.support.service import ORIGIN, TENANT
from tests.support.sheets import Form, Sheet
from timebound.application.ports import TenantRecord
from timebound.identity.flows.devices import Waiting, find_waiting
from timebound.identity.flows.parts import Flows
from timebound.identity.pacing import NARROW
from timebound.identity.pages import device
from timebound.identity.problems import Refusal

pytestmark = pytest.mark.documented("RFC 8628; issue 3: sign-in pages")
DEVICE = f"/{TENANT}/oauth2/deviceauth"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def begin(world: World, scope: str = "openid User.Read") -> Mapping[str, Any]:
    """The codes of a device."""
    path = f"/{TENANT}/oauth2/v2.0/devicecode"
    answer = await world.service.client.post(path, data={"client_id": PHONE, "scope": scope})
    assert answer.status_code == 200, answer.text
    codes: Mapping[str, Any] = answer.json()
    return codes


async def poll(world: World, codes: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the device is told."""
    form = {"grant_type": GRANT, "client_id": PHONE, "device_code": codes["device_code"]}
    told: Mapping[str, Any] = (await world.service.ask_token(form)).json()
    return told


async def reach_question(world: World, codes: Mapping[str, Any]) -> tuple[Reader, Sheet]:
    """Somebody who typed the code and signed in."""
    reader = reader_of(world)
    page = await reader.visit(codes["verification_uri"].removeprefix(ORIGIN))
    assert "Type the code" in Sheet(page.text).words
    page = await reader.fill(page, "user_code", user_code=codes["user_code"].lower())
    page = await reader.sign_in(page, ADA)
    return reader, Sheet(page.text)


def answer_of(sheet: Sheet, answer: str) -> Form:
    """The form of the question, with an answer."""
    form = sheet.form("user_code")
    return Form(form.action, form.fields | {"answer": answer})


async def test_a_device_is_let(world: World) -> None:
    codes = await begin(world)
    reader, sheet = await reach_question(world, codes)
    assert "Let Phone act for you?" in sheet.words
    assert ADA in sheet.words
    done = await reader.send(answer_of(sheet, "approve"))
    assert "Your device goes on" in Sheet(done.text).words
    assert "access_token" in await poll(world, codes)


async def test_a_device_is_refused(world: World) -> None:
    codes = await begin(world)
    reader, sheet = await reach_question(world, codes)
    done = await reader.send(answer_of(sheet, "decline"))
    assert "The device was refused" in Sheet(done.text).words
    assert (await poll(world, codes))["error"] == "authorization_declined"


async def test_a_link_lets_no_device(world: World) -> None:
    codes = await begin(world)
    reader, sheet = await reach_question(world, codes)
    path = codes["verification_uri"].removeprefix(ORIGIN)
    link = {"user_code": codes["user_code"], "answer": "approve"}
    page = await reader.visit(path, link)
    assert "Let Phone act for you?" in Sheet(page.text).words
    forged = await reader.send(answer_of(sheet, "approve"), {"origin": "https://evil.example"})
    assert (forged.status_code, "AADSTS165000" in forged.text) == (400, True)
    assert (await poll(world, codes))["error"] == "authorization_pending"


async def test_a_device_that_nobody_consents_to_is_told(world: World) -> None:
    codes = await begin(world, "openid Calendars.Read")
    reader, sheet = await reach_question(world, codes)
    form = sheet.form("ctx")
    done = await reader.send(Form(form.action, form.fields | {"answer": "decline"}))
    assert "The device was refused" in Sheet(done.text).words
    assert (await poll(world, codes))["error"] == "authorization_declined"
    again = await reader.send(Form(form.action, form.fields | {"answer": "decline"}))
    assert (again.status_code, "AADSTS70018" in again.text) == (400, True)


@pytest.mark.parametrize(("code", "words"), [("", "Type the code first"), ("A-B", "is not known")])
async def test_a_code_that_is_none_is_told(world: World, code: str, words: str) -> None:
    reader = reader_of(world)
    page = await reader.fill(await reader.visit(DEVICE), "user_code", user_code=code)
    assert (page.status_code, words in Sheet(page.text).words) == (400, True)


async def test_a_device_asks_for_consent_first(world: World) -> None:
    codes = await begin(world, "openid Calendars.Read")
    reader, sheet = await reach_question(world, codes)
    assert "May Phone do this for you?" in sheet.words
    form = sheet.form("ctx")
    page = await reader.send(Form(form.action, form.fields | {"answer": "accept"}))
    done = await reader.send(answer_of(Sheet(page.text), "approve"))
    assert "Your device goes on" in done.text
    assert "access_token" in await poll(world, codes)


async def test_codes_cannot_be_guessed_fast(world: World) -> None:
    reader = reader_of(world, "203.0.113.9")
    path = f"/{TENANT}/oauth2/deviceauth"
    page = await reader.visit(path)
    for _ in range(5):
        wrong = await reader.fill(page, "user_code", user_code="BCDFGHJKL")
        assert wrong.status_code == 400
    codes = await begin(world)
    slowed = await reader.fill(page, "user_code", user_code=codes["user_code"])
    assert "too often" in slowed.text
    other, sheet = await reach_question(world, codes)
    assert "Your device goes on" in (await other.send(answer_of(sheet, "approve"))).text


async def test_who_signs_out_is_asked_and_signed_out(world: World) -> None:
    reader = reader_of(world)
    await reader.sign_in(await reader.authorize(), ADA)
    page = await reader.visit(f"/{TENANT}/oauth2/v2.0/logout")
    sheet = Sheet(page.text)
    assert f"signed in as {ADA}" in sheet.words
    form = sheet.form("ctx")
    forged = await reader.send(form, {"sec-fetch-site": "cross-site"})
    assert "AADSTS165000" in forged.text
    done = await reader.send(form)
    assert "You are signed out" in Sheet(done.text).words
    assert "Sign in" in Sheet((await reader.authorize()).text).words


async def test_trouble_tells_what_support_needs(world: World) -> None:
    script = "<script>alert(1)</script>"
    fields = {"client_id": WEB, "response_type": "code", "scope": "openid", "redirect_uri": script}
    page = await reader_of(world).visit(AUTHORIZE, fields)
    assert page.status_code == 400
    words = Sheet(page.text).words
    for name in ("AADSTS50011", "Request id", "Correlation id", page.headers["request-id"]):
        assert name in words
    assert "<script>" not in page.text
    assert "form-action 'none'" in page.headers["content-security-policy"]


@pytest.mark.documented("RFC 8628, 5.1: guesses at user codes are slowed down")
async def test_guesses_side_by_side_are_as_slow_as_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_at_leisure(flows: Flows, tenant: TenantRecord, code: str) -> Waiting | Refusal:
        # As a database over a network does it: the others come meanwhile.
        await asyncio.to_thread(int)
        return await find_waiting(flows, tenant, code)

    monkeypatch.setattr(device, "find_waiting", find_at_leisure)
    codes, reader = await begin(world), reader_of(world)
    path = codes["verification_uri"].removeprefix(ORIGIN)
    guesses = [reader.visit(path, {"user_code": f"BCDFGH{one:02d}"}) for one in range(20)]
    pages = await asyncio.gather(*guesses)
    held = [page for page in pages if "wrong too often" in page.text]
    assert len(pages) - len(held) == NARROW.free
