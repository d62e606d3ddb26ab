"""Second factors on the page: set up, asked for, used once, and not to be guessed."""

import asyncio
from base64 import b32decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.identity.flows.world import ADA, BEA, MINUTE, World, object_id, told
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.test_token_endpoint import claims_of
from tests.support.events import read_events
from tests.support.service import TENANT
from tests.support.sheets import Sheet
from timebound.domain.events import EventKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.identity.pacing import ACCOUNT, NARROW

pytestmark = pytest.mark.documented("issue 3: second factors; RFC 6238; RFC 8176")
C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
AT_ONCE = 8


@dataclass(slots=True)
class App:
    """An app that makes codes, as a phone does: by the time of day."""

    secret: bytes

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many steps from now."""
        at = datetime.now(UTC) + timedelta(seconds=30 * steps)  # noqa: TID251 - a phone's clock
        maker = TOTP(self.secret, 6, SHA1(), 30)  # noqa: S303 - as all apps do
        return maker.generate(int(at.timestamp())).decode()


def read_app(page: httpx.Response) -> App:
    """The app that has scanned the picture of a page."""
    text = page.text.partition('id="secret">')[2].partition("<")[0]
    return App(b32decode(text.replace(" ", "")))


async def step_up(world: World, name: str = ADA) -> tuple[Reader, httpx.Response]:
    """Somebody who has shown a password where more is needed."""
    reader = reader_of(world)
    page = await reader.authorize(claims=C1)
    return reader, await reader.sign_in(page, name)


async def enrol(world: World, name: str = ADA) -> tuple[App, tuple[str, ...], Reader]:
    """Somebody with an app that has shown the code of the step before this one, and their paper."""
    reader, page = await step_up(world, name)
    app = read_app(page)
    kept = await reader.fill(page, "enrolment", code=app.code(-1))
    assert "Keep these recovery codes" in Sheet(kept.text).words, kept.text
    codes = tuple(part.partition("<")[0] for part in kept.text.split('<li class="code">')[1:])
    done = await reader.visit(Sheet(kept.text).links["I have kept them: go on"])
    assert "code" in told(done)
    return app, codes, reader


async def test_an_app_is_set_up_and_the_token_tells_it(world: World) -> None:
    reader, page = await step_up(world)
    assert "Set up a second factor" in Sheet(page.text).words
    assert "<svg" in page.text
    app = read_app(page)
    wrong = await reader.fill(page, "enrolment", code="000000")
    assert wrong.status_code == 400
    assert read_app(wrong).secret == app.secret, "a mistyped code begins nothing anew"
    kept = await reader.fill(wrong, "enrolment", code=app.code())
    done = await reader.visit(Sheet(kept.text).links["I have kept them: go on"])
    tokens = (await world.redeem(told(done)["code"])).json()
    claims = claims_of(tokens["access_token"])
    assert {"pwd", "otp", "mfa"} <= set(claims["amr"])
    assert claims["acrs"] == ["c1"]


async def test_the_app_is_asked_for_from_then_on(world: World) -> None:
    app, _, _ = await enrol(world)
    reader, page = await step_up(world)
    assert "Confirm that it is you" in Sheet(page.text).words
    wrong = await reader.fill(page, "code", code="000000")
    assert "The code is wrong" in wrong.text
    assert "code" in told(await reader.fill(page, "code", code=app.code()))


async def test_a_code_counts_once(world: World) -> None:
    app, _, _ = await enrol(world)
    code = app.code(1)
    first, page = await step_up(world)
    assert "code" in told(await first.fill(page, "code", code=code))
    second, page = await step_up(world)
    assert "used before" in (await second.fill(page, "code", code=code)).text


async def test_one_of_eight_with_the_same_code_gets_in(world: World) -> None:
    app, _, _ = await enrol(world)
    waiting = [await step_up(world) for _ in range(AT_ONCE)]
    barrier, code = asyncio.Barrier(AT_ONCE), app.code(1)

    async def show(reader: Reader, page: httpx.Response) -> bool:
        await barrier.wait()
        return (await reader.fill(page, "code", code=code)).is_redirect

    came_in = await asyncio.gather(*(show(*one) for one in waiting))
    assert came_in.count(True) == 1


async def test_a_recovery_code_counts_once(world: World) -> None:
    _, codes, _ = await enrol(world)
    assert len(codes) == 10
    for expected in (True, False):
        reader, page = await step_up(world)
        answer = await reader.fill(page, "code", code=codes[3].lower())
        assert answer.is_redirect is expected
    reader, page = await step_up(world)
    assert (await reader.fill(page, "code", code=codes[4])).is_redirect


async def test_codes_of_others_are_no_use(world: World) -> None:
    app, codes, _ = await enrol(world)
    await enrol(world, BEA)
    for code in (app.code(), app.code(1), codes[0]):
        reader, page = await step_up(world, BEA)
        assert "The code is wrong" in (await reader.fill(page, "code", code=code)).text


async def test_who_has_an_app_sets_up_no_other_with_a_password_alone(world: World) -> None:
    attacker, page = await step_up(world)
    app = read_app(page)
    await enrol(world)
    kept = await attacker.fill(page, "enrolment", code=app.code())
    assert "Confirm that it is you" in Sheet(kept.text).words


@pytest.mark.documented("OWASP ASVS 5.0, 7.5.1: a sign-in anew before a factor is changed")
async def test_an_old_sign_in_sets_up_no_first_factor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, page = await step_up(world)
    monkeypatch.setattr("timebound.identity.pages.login.FRESH_FOR", -MINUTE)
    late = await reader.fill(page, "enrolment", code=read_app(page).code())
    asked = await reader.authorize(claims=C1)
    for answer in (late, asked):
        assert "Password" in Sheet(answer.text).words
        assert "Set up a second factor" not in Sheet(answer.text).words
    assert "Password" in Sheet((await reader.sign_in(asked, ADA)).text).words
    monkeypatch.undo()
    assert "Set up a second factor" in Sheet((await reader.authorize(claims=C1)).text).words


async def test_an_app_is_set_up_by_who_was_shown_it(world: World) -> None:
    reader, page = await step_up(world)
    app, sealed = read_app(page), Sheet(page.text).form("enrolment").fields["enrolment"]
    other, theirs = await step_up(world, BEA)
    answer = await other.fill(theirs, "enrolment", enrolment=sealed, code=app.code())
    assert "Set up a second factor" in Sheet(answer.text).words
    assert read_app(answer).secret != app.secret
    for forged in ("", "x", sealed[:-4]):
        answer = await reader.fill(page, "enrolment", enrolment=forged, code=app.code())
        assert "Set up a second factor" in Sheet(answer.text).words


async def guess_code(reader: Reader, code: str) -> httpx.Response:
    """The answer to a code of somebody who has shown the password."""
    page = await reader.sign_in(await reader.authorize(claims=C1, prompt="login"), ADA)
    return await reader.fill(page, "code", code=code)


async def test_whoever_has_the_password_holds_up_nobody_elsewhere(world: World) -> None:
    app, codes, owner = await enrol(world)
    for _ in range(NARROW.free):
        assert "The code is wrong" in (await guess_code(reader_of(world), "000000")).text
    stranger = reader_of(world)
    assert "too often" in (await guess_code(stranger, app.code())).text
    assert "code" in told(await guess_code(reader_of(world, "203.0.113.77"), codes[0]))
    assert "code" in told(await guess_code(owner, app.code())), "whose browser is known"
    assert "too often" in (await guess_code(stranger, app.code(1))).text, "still"


async def test_whoever_has_the_password_cannot_guess_for_ever_from_everywhere(world: World) -> None:
    app, _, owner = await enrol(world)
    for number in range(ACCOUNT.free // NARROW.free):
        reader = reader_of(world, f"203.0.113.{number}")
        page = await reader.sign_in(await reader.authorize(claims=C1), ADA)
        for _ in range(NARROW.free):
            assert "The code is wrong" in (await reader.fill(page, "code", code="000000")).text
    assert "too often" in (await guess_code(reader_of(world, "203.0.113.77"), app.code())).text
    assert "code" in told(await guess_code(owner, app.code()))


async def test_a_password_alone_makes_no_browser_known_where_there_is_more(world: World) -> None:
    early = reader_of(world)
    await early.sign_in(await early.authorize(), ADA)
    _, _, owner = await enrol(world)
    late = reader_of(world)
    await late.sign_in(await late.authorize(), ADA)
    known = [list_known(one) for one in (early, owner, late)]
    assert [len(one) for one in known] == [1, 1, 0]
    for _ in range(NARROW.free):
        assert "The code is wrong" in (await guess_code(late, "000000")).text
    assert "too often" in (await guess_code(early, "000000")).text, "a password made it known"
    assert "The code is wrong" in (await guess_code(owner, "000000")).text


def list_known(reader: Reader) -> list[str]:
    """The cookies by which a browser is known."""
    return [one for one in reader.client.cookies if one.startswith("__Host-timebound-known-")]


async def test_a_second_factor_alone_signs_nobody_in(world: World) -> None:
    app, _, _ = await enrol(world)
    reader = reader_of(world)
    page = await reader.authorize(claims=C1)
    form = Sheet(page.text).form("password")
    fields = {name: form.fields[name] for name in ("form_token", "ctx")}
    sent = await reader.client.post(
        reader.at, data={**fields, "step": "factor", "code": app.code()}
    )
    assert "Sign in" in Sheet(sent.text).words
    assert not [one for one in sent.headers.get_list("set-cookie") if TENANT in one]


async def test_the_secret_of_the_browser_changes_with_what_was_shown(world: World) -> None:
    reader, page = await step_up(world)
    name = f"__Host-timebound-{TENANT}"
    before = reader.client.cookies[name]
    await reader.fill(page, "enrolment", code=read_app(page).code())
    assert reader.client.cookies[name] != before
    stale = world.nobody()
    stale.cookies[name] = before
    assert (await stale.authorize()).headers["location"].startswith(f"/{TENANT}/login")


async def test_factors_are_audited_and_sealed(world: World) -> None:
    app, codes, _ = await enrol(world)
    parts = world.service.parts
    events = await read_events(parts.settings.database, TENANT)
    added = [event for event in events if event.kind is EventKind.FACTOR_ADDED]
    assert {event.data["kind"] for event in added} == {"totp", "recovery"}
    kept = await parts.store.list_factors(TenantId(TENANT), PrincipalId(object_id(ADA)))
    assert len(kept) == 11
    assert not [one for one in kept if app.secret in one.sealed]
    assert not {one.id for one in kept} & set(codes)
