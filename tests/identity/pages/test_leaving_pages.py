"""Every page of somebody who is signed in has the way out in sight; it is nobody else's."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest

from tests.identity.flows.world import ADA, BEA, World
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_consent_page import FREE, ask
from tests.identity.pages.test_device_page import DEVICE, answer_of, begin, reach_question
from tests.identity.pages.test_factor_pages import C1, enrol
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet

pytestmark = pytest.mark.documented("OWASP ASVS 5.0, 7.4.4; issue 3: sign-out")
OUT: Final = f"/{TENANT}/signout"
Way = Callable[[World], Awaitable[tuple[Reader, Sheet]]]


async def _to_consent(world: World) -> tuple[Reader, Sheet]:
    reader = reader_of(world)
    return reader, await ask(reader, ADA, FREE)


async def _to_whom_to_ask(world: World) -> tuple[Reader, Sheet]:
    reader = reader_of(world)
    return reader, await ask(reader, ADA, "openid Directory.ReadWrite.All")


async def _to_device_question(world: World) -> tuple[Reader, Sheet]:
    return await reach_question(world, await begin(world))


async def _to_device_code(world: World) -> tuple[Reader, Sheet]:
    reader, _ = await _to_device_question(world)
    return reader, Sheet((await reader.visit(DEVICE)).text)


async def _to_device_end(world: World) -> tuple[Reader, Sheet]:
    reader, question = await _to_device_question(world)
    return reader, Sheet((await reader.send(answer_of(question, "approve"))).text)


async def _to_security(world: World) -> tuple[Reader, Sheet]:
    reader = reader_of(world)
    page = await reader.sign_in(await reader.visit(f"/{TENANT}/security"), ADA)
    return reader, Sheet(page.text)


async def _to_new_app(world: World) -> tuple[Reader, Sheet]:
    reader, sheet = await _to_security(world)
    form = next(one for one in sheet.forms if one.fields.get("step") == "app")
    return reader, Sheet((await reader.send(form)).text)


async def _to_factor(world: World) -> tuple[Reader, Sheet]:
    await enrol(world)
    reader = reader_of(world)
    page = await reader.sign_in(await reader.authorize(claims=C1), ADA)
    return reader, Sheet(page.text)


WAYS: Final[Mapping[str, Way]] = {
    "consent": _to_consent,
    "whom to ask": _to_whom_to_ask,
    "a device's question": _to_device_question,
    "a device's code": _to_device_code,
    "a device's end": _to_device_end,
    "security": _to_security,
    "a new app": _to_new_app,
    "a second factor": _to_factor,
}


def find_way_out(sheet: Sheet) -> Form:
    """The one form by which somebody leaves."""
    [form] = [one for one in sheet.forms if one.action == OUT]
    assert form.button == "Sign out"
    return form


async def is_signed_in(reader: Reader) -> bool:
    """Whether the browser is believed without another sign-in."""
    return not [
        one for one in Sheet((await reader.authorize()).text).forms if "password" in one.fields
    ]


@pytest.mark.parametrize("name", WAYS)
async def test_whoever_is_signed_in_signs_out_from_where_they_are(world: World, name: str) -> None:
    reader, sheet = await WAYS[name](world)
    form = find_way_out(sheet)
    assert await is_signed_in(reader)
    forged = await reader.send(form, {"sec-fetch-site": "cross-site"})
    assert "AADSTS165000" in forged.text
    assert await is_signed_in(reader)
    assert "You are signed out" in Sheet((await reader.send(form)).text).words
    assert not await is_signed_in(reader)


async def test_who_is_not_signed_in_is_offered_no_way_out(world: World) -> None:
    reader = reader_of(world)
    for page in (await reader.authorize(), await reader.visit(DEVICE)):
        assert not [one for one in Sheet(page.text).forms if one.action == OUT]


async def test_what_was_shown_to_somebody_signs_out_nobody_else(world: World) -> None:
    reader, sheet = await _to_consent(world)
    page = await reader.authorize(prompt="login")
    await reader.sign_in(page, BEA)
    refused = await reader.send(find_way_out(sheet))
    assert (refused.status_code, "AADSTS165004" in refused.text) == (400, True)
    assert await is_signed_in(reader)
