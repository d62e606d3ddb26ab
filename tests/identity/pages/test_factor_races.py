"""Several sessions of one person that set up the first factor at once: one of them does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from tests.identity.flows.world import ADA, FLOW_SEED, World, object_id, open_world
from tests.identity.pages.reader import Reader
from tests.identity.pages.test_factor_pages import App, enrol, read_app, step_up
from tests.identity.pages.test_own_factors import enter_again, factors_of, read_codes
from tests.identity.pages.test_passkeys import options_of, soft_key
from tests.identity.pages.test_security_page import PAGE, enter, form_of
from tests.support.events import read_events
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet
from tests.support.stores import KINDS
from timebound.application.factor_ports import Factor, FactorKind
from timebound.domain.events import EventKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.identity.factors.factors import Factors, Person
from timebound.identity.flows.marks import open_marks

AT_ONCE: Final = 8
CONFIRM: Final = "Confirm that it is you"

pytestmark = pytest.mark.documented(
    "issue 3: who has a factor sets up no other with a password alone; promise of one decision"
)


@pytest_asyncio.fixture(params=KINDS)
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """The service with its sessions, on either database."""
    is_own = request.param == "sqlite"
    url = None if is_own else request.getfixturevalue("fresh_postgres_database")
    async with open_world(tmp_path, FLOW_SEED, url) as opened:
        yield opened


async def confirm_all(
    crowd: Sequence[tuple[Reader, httpx.Response]],
) -> list[httpx.Response]:
    """The answers to the first code of an app of each, shown at the same time."""
    barrier = asyncio.Barrier(len(crowd))

    async def confirm(reader: Reader, page: httpx.Response) -> httpx.Response:
        await barrier.wait()
        return await reader.fill(page, "enrolment", code=read_app(page).code(-1))

    return list(await asyncio.gather(*(confirm(*one) for one in crowd)))


async def check_one(
    world: World, crowd: Sequence[tuple[Reader, httpx.Response]], answers: list[httpx.Response]
) -> App:
    """One was told its codes and is what is kept; the others are asked for what that one set up."""
    kept = [one for one in answers if read_codes(one)]
    asked = [one for one in answers if CONFIRM in Sheet(one.text).words]
    assert (len(kept), len(asked)) == (1, AT_ONCE - 1)
    kinds = [one.kind for one in await factors_of(world, ADA)]
    assert kinds.count(FactorKind.TOTP) == 1
    assert kinds.count(FactorKind.RECOVERY) == len(read_codes(kept[0]))
    return read_app(crowd[answers.index(kept[0])][1])


async def test_of_eight_who_sign_in_one_sets_its_app_up(either: World) -> None:
    crowd = [await step_up(either) for _ in range(AT_ONCE)]
    app = await check_one(either, crowd, await confirm_all(crowd))
    await enter_again(either, app)


async def test_of_eight_who_look_after_their_own_one_sets_its_app_up(either: World) -> None:
    begun = [await enter(either) for _ in range(AT_ONCE)]
    crowd = [(reader, await reader.send(form_of(sheet, "app"))) for reader, sheet in begun]
    app = await check_one(either, crowd, await confirm_all(crowd))
    await enter_again(either, app)


async def test_of_eight_who_make_a_passkey_one_does(either: World) -> None:
    begun = [await enter(either) for _ in range(AT_ONCE)]
    asked = [(reader, await reader.send(form_of(sheet, "passkey"))) for reader, sheet in begun]
    barrier = asyncio.Barrier(AT_ONCE)

    async def keep(reader: Reader, page: httpx.Response) -> httpx.Response:
        form, made = Sheet(page.text).form("challenge"), soft_key().make(options_of(page))
        await barrier.wait()
        return await reader.send(Form(PAGE, form.fields | {"credential": made}))

    answers = await asyncio.gather(*(keep(*one) for one in asked))
    kept = [one for one in answers if read_codes(one)]
    kinds = [one.kind for one in await factors_of(either, ADA)]
    assert (len(kept), kinds.count(FactorKind.PASSKEY)) == (1, 1)
    assert kinds.count(FactorKind.RECOVERY) == len(read_codes(kept[0]))


async def test_who_has_not_shown_what_they_have_changes_nothing_of_it(either: World) -> None:
    await enrol(either)
    parts, person = either.service.parts, Person(TenantId(TENANT), PrincipalId(object_id(ADA)))
    factors = Factors(
        parts.store, parts.master, open_marks(parts.master), parts.ids, parts.system, parts.clock
    )
    before = await factors_of(either, ADA)
    other = Factor(person.user_id, "another", FactorKind.TOTP, b"", parts.system.now())
    assert await factors.add(person, other, has_proved=False) is None
    assert await factors.renew_paper(person, has_proved=False) is None
    assert not await factors.remove(person, before[0].id, has_proved=False)
    assert await factors_of(either, ADA) == before
    events = await read_events(parts.settings.database, TenantId(TENANT))
    refused = [one for one in events if one.kind is EventKind.CHANGE_REFUSED]
    assert [one.data["action"] for one in refused] == ["changeOwnFactors"] * 3
    assert await factors.add(person, other, has_proved=True)
    assert await factors.remove(person, before[0].id, has_proved=True)


async def test_codes_made_anew_at_once_are_those_of_one_page(either: World) -> None:
    reader, page = await step_up(either)
    app = read_app(page)
    await reader.fill(page, "enrolment", code=app.code(-1))
    own, sheet = await enter_again(either, app)
    pages = await asyncio.gather(*(own.send(form_of(sheet, "codes")) for _ in range(2)))
    shown = [codes for codes in map(read_codes, pages) if codes]
    assert shown
    kinds = [one.kind for one in await factors_of(either, ADA)]
    assert kinds.count(FactorKind.RECOVERY) == len(shown[0])
