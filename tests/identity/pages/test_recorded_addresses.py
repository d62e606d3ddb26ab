"""What people change on the pages is recorded with the address at which they did."""

from dataclasses import replace
from typing import Final

import pytest

from tests.identity.flows.world import ADA, World, object_id
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_factor_pages import read_app
from tests.identity.pages.test_security_page import FREE, NEW, PAGE, form_of
from tests.support.events import read_events
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet
from timebound.application.changes import PutObject
from timebound.domain.directory_changes import PASSWORD_PROFILE
from timebound.domain.events import ADDRESS, EventKind
from timebound.domain.ids import PrincipalId, TenantId

HERE: Final = "192.0.2.7"
CHANGE: Final = {"password": "pass-word-1", "new_password": NEW, "new_password_again": NEW}
pytestmark = pytest.mark.observed("RAY 12: initiatedBy has the address of who did it")


async def enter(world: World) -> tuple[Reader, Sheet]:
    """Ada, who signs in from here to look after her own."""
    reader = reader_of(world, HERE)
    page = await reader.sign_in(await reader.visit(PAGE), ADA)
    return reader, Sheet(page.text)


async def count_told(world: World) -> dict[tuple[EventKind, object], int]:
    """How many events there are of each kind and address."""
    events = await read_events(world.service.parts.settings.database, TenantId(TENANT))
    told: dict[tuple[EventKind, object], int] = {}
    for one in events:
        key = (one.kind, one.data.get(ADDRESS))
        told[key] = told.get(key, 0) + 1
    return told


async def check_told(
    world: World, before: dict[tuple[EventKind, object], int], *kinds: EventKind
) -> None:
    """Since then there are events of these kinds alone, each from here."""
    after = await count_told(world)
    assert {key for key in after if after[key] != before.get(key)} == {
        (kind, HERE) for kind in kinds
    }


async def test_consents(world: World) -> None:
    reader, _ = await enter(world)
    before = await count_told(world)
    question = Sheet((await reader.authorize(scope=FREE)).text).form("ctx")
    await reader.send(Form(question.action, question.fields | {"answer": "accept"}))
    await check_told(world, before, EventKind.PERMISSION_GRANTED)
    before = await count_told(world)
    await reader.send(form_of(Sheet((await reader.visit(PAGE)).text), "consent"))
    await check_told(world, before, EventKind.PERMISSION_REVOKED)


async def test_passwords_factors_and_sessions(world: World) -> None:
    reader, sheet = await enter(world)
    before = await count_told(world)
    await reader.send(form_of(sheet, "password", **CHANGE))
    await check_told(world, before, EventKind.PASSWORD_SET)
    before = await count_told(world)
    page = await reader.send(form_of(Sheet((await reader.visit(PAGE)).text), "app"))
    await reader.fill(page, "enrolment", code=read_app(page).code(-1))
    await check_told(world, before, EventKind.FACTOR_ADDED)
    before = await count_told(world)
    await reader.send(form_of(sheet, "everywhere"))
    await check_told(world, before, EventKind.SESSIONS_ENDED)


async def test_a_password_that_has_to_be_changed(world: World) -> None:
    store = world.service.parts.store
    user_id = PrincipalId(object_id(ADA))
    user = (await store.find_objects(TenantId(TENANT), [user_id]))[user_id]
    profile = {PASSWORD_PROFILE: {"forceChangePasswordNextSignIn": True}}
    await world.put(PutObject(replace(user, attributes={**user.attributes, **profile})))
    before = await count_told(world)
    reader = reader_of(world, HERE)
    page = await reader.sign_in(await reader.authorize(), ADA)
    form = Sheet(page.text).form("new_password")
    await reader.send(Form(form.action, form.fields | CHANGE))
    await check_told(world, before, EventKind.PASSWORD_SET)
