"""Passkeys on the pages: made by who has just signed in, proved with where more is asked."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.identity.flows.world import ADA, BEA, FLOW_SEED, World, open_world, told
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_factor_pages import enrol, step_up
from tests.identity.pages.test_own_factors import enter_again, factors_of, read_codes
from tests.identity.pages.test_security_page import PAGE, enter, form_of
from tests.identity.test_token_endpoint import claims_of
from tests.support.events import read_events
from tests.support.passkeys import PRESENT, SoftKey, write
from tests.support.service import ORIGIN, TENANT
from tests.support.sheets import Form, Sheet
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId
from timebound.identity.factors.passkeys import LIFE

AT_ONCE: Final = 8
FAILED: Final = "That passkey did not do"

pytestmark = pytest.mark.documented("WebAuthn level 2, 7.1 and 7.2; RFC 8176; issue 3: passkeys")


def options_of(page: httpx.Response) -> dict[str, Any]:
    """What a page has the browser ask of a passkey."""
    text = page.text.partition('data-options="')[2].partition('"')[0]
    options: dict[str, Any] = json.loads(unescape(text))
    return options


def soft_key(count: int = 0) -> SoftKey:
    """A passkey at the origin of the service."""
    return SoftKey(ORIGIN, "localhost", count=count)


async def keep(reader: Reader, sheet: Sheet, key: SoftKey) -> httpx.Response:
    """The answer to a passkey that was made on the page."""
    page = await reader.send(form_of(sheet, "passkey"))
    form = Sheet(page.text).form("challenge")
    return await reader.send(Form(PAGE, form.fields | {"credential": key.make(options_of(page))}))


async def with_passkey(world: World, name: str = ADA, count: int = 0) -> SoftKey:
    """The passkey of somebody."""
    key = soft_key(count)
    reader, sheet = await enter(world, name)
    assert len(read_codes(await keep(reader, sheet, key))) == 10
    return key


async def prove(
    reader: Reader, page: httpx.Response, key: SoftKey, answer: str | None = None
) -> httpx.Response:
    """The answer to a passkey that has signed what a page asks."""
    signed = key.sign(options_of(page)) if answer is None else answer
    return await reader.fill(page, "challenge", credential=signed)


async def test_a_passkey_is_made_and_steps_up(world: World) -> None:
    key = await with_passkey(world)
    (kept, *paper) = await factors_of(world, ADA)
    assert (kept.id, len(paper)) == (write(key.id), 10)
    reader, page = await step_up(world)
    assert options_of(page)["userVerification"] == "required"
    assert options_of(page)["rpId"] == "localhost"
    done = await prove(reader, page, key)
    redeemed = await world.redeem(told(done)["code"])
    assert set(claims_of(redeemed.json()["access_token"])["amr"]) == {"pwd", "fido", "mfa"}
    events = await read_events(world.service.parts.settings.database, TenantId(TENANT))
    kinds = [one.data["kind"] for one in events if one.kind is EventKind.FACTOR_ADDED]
    assert sorted(str(one) for one in kinds) == ["passkey", "recovery"]


async def test_a_second_passkey_is_another_and_brings_no_paper(world: World) -> None:
    app, codes, _ = await enrol(world)
    reader, sheet = await enter_again(world, app)
    key = soft_key()
    done = await keep(reader, sheet, key)
    assert "The passkey is set up" in Sheet(done.text).words
    page = await reader.send(form_of(Sheet(done.text), "passkey"))
    assert [one["id"] for one in options_of(page)["excludeCredentials"]] == [write(key.id)]
    again = await keep(reader, Sheet(done.text), key)
    assert (again.status_code, "could not be made" in again.text) == (400, True)
    assert len(await factors_of(world, ADA)) == 2 + len(codes)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
    ],
)
async def test_a_passkey_of_elsewhere_or_of_anybody_is_not_kept(
    world: World, changes: dict[str, Any]
) -> None:
    reader, sheet = await enter(world)
    answer = await keep(reader, sheet, replace(soft_key(), **changes))
    assert (answer.status_code, "could not be made" in answer.text) == (400, True)
    assert await factors_of(world, ADA) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"id": b"another key"},
        {"key": soft_key().key},
    ],
)
async def test_a_signature_that_proves_nothing(world: World, changes: dict[str, Any]) -> None:
    key = await with_passkey(world)
    reader, page = await step_up(world)
    answer = await prove(reader, page, replace(key, **changes))
    assert (answer.status_code, FAILED in answer.text) == (400, True)
    assert "code" in told(await prove(reader, answer, key)), "the right one still does"


async def test_an_answer_counts_once(world: World) -> None:
    key = await with_passkey(world)
    reader, page = await step_up(world)
    answer = key.sign(options_of(page))
    other, theirs = await step_up(world)
    assert FAILED in (await prove(other, theirs, key, answer)).text, "it answers another question"
    fields = Sheet(page.text).form("challenge").fields
    assert "code" in told(await prove(reader, page, key, answer))
    form = Sheet(theirs.text).form("challenge")
    stolen = {"challenge": fields["challenge"], "credential": answer}
    replayed = await other.send(Form(form.action, form.fields | stolen))
    assert FAILED in replayed.text


async def test_of_eight_who_bring_one_answer_one_goes_on(world: World) -> None:
    key = await with_passkey(world)
    crowd = [await step_up(world) for _ in range(AT_ONCE)]
    asked = Sheet(crowd[0][1].text).form("challenge").fields["challenge"]
    answer, barrier = key.sign(options_of(crowd[0][1])), asyncio.Barrier(AT_ONCE)

    async def bring(reader: Reader, page: httpx.Response) -> bool:
        form = Sheet(page.text).form("challenge")
        await barrier.wait()
        fields = form.fields | {"challenge": asked, "credential": answer}
        return (await reader.send(Form(form.action, fields))).is_redirect

    ends = await asyncio.gather(*(bring(*one) for one in crowd))
    assert ends.count(True) == 1


async def test_a_key_that_counts_does_not_go_back(world: World) -> None:
    key = await with_passkey(world, count=5)
    reader, page = await step_up(world)
    assert FAILED in (await prove(reader, page, replace(key, count=5))).text
    reader, page = await step_up(world)
    assert "code" in told(await prove(reader, page, replace(key, count=6)))
    reader, page = await step_up(world)
    assert FAILED in (await prove(reader, page, replace(key, count=6))).text


async def test_the_passkey_of_somebody_else_does_not_do(world: World) -> None:
    mine, theirs = await with_passkey(world), await with_passkey(world, BEA)
    reader, page = await step_up(world)
    assert FAILED in (await prove(reader, page, theirs)).text
    (_, asked) = await step_up(world, BEA)
    form = Sheet(page.text).form("challenge")
    swapped = {"challenge": Sheet(asked.text).form("challenge").fields["challenge"]}
    answer = {"credential": mine.sign(options_of(asked))}
    sent = await reader.send(Form(form.action, form.fields | swapped | answer))
    assert FAILED in sent.text


async def test_a_question_is_over_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await with_passkey(world)
    monkeypatch.setattr("timebound.identity.factors.passkeys.LIFE", -LIFE)
    reader, page = await step_up(world)
    monkeypatch.setattr("timebound.identity.factors.passkeys.LIFE", timedelta(minutes=15))
    assert FAILED in (await prove(reader, page, key)).text


@pytest.mark.parametrize(
    "answer",
    ["", "{", "[]", "null", '{"id": 1}', '{"id": "KEY"}', "x" * 40_000]
    + [
        '{"id": "KEY", "rawId": "KEY", "type": "public-key", "response": ' + one + "}"
        for one in ("1", "{}", '{"clientDataJSON": "e30", "authenticatorData": "", "signature": 1}')
    ],
)
async def test_what_is_no_answer_is_refused(world: World, answer: str) -> None:
    key = await with_passkey(world)
    reader, page = await step_up(world)
    broken = answer.replace("KEY", write(key.id))
    refused = await prove(reader, page, key, broken)
    assert refused.status_code in {400, 413}
    owner, sheet = await enter(world, BEA)
    page = await owner.send(form_of(sheet, "passkey"))
    form = Sheet(page.text).form("challenge")
    made = await owner.send(Form(PAGE, form.fields | {"credential": broken}))
    assert made.status_code in {400, 413}
    assert await factors_of(world, BEA) == ()


C1: Final = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


async def test_a_code_is_not_asked_for_where_it_would_not_do(tmp_path: Path) -> None:
    mapped = {**FLOW_SEED, "settings": {"authentication_contexts": {"c1": "fido"}}}
    async with open_world(tmp_path, mapped) as world:
        reader = reader_of(world)
        page = await reader.sign_in(await reader.authorize(claims=C1), ADA)
        assert "AADSTS50076" in page.text
        await with_passkey(world, BEA)
        other = reader_of(world)
        page = await other.sign_in(await other.authorize(claims=C1), BEA)
        assert options_of(page)["challenge"]
