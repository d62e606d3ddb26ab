"""Signing in with a passkey alone: who it is the passkey says, and it counts as two factors."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from tests.identity.flows.world import ADA, BEA, World, object_id, told
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_passkeys import options_of, soft_key, with_passkey
from tests.identity.test_token_endpoint import claims_of
from tests.support.passkeys import PRESENT, SoftKey, write
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet
from timebound.application.changes import ChangeSet, PutObject
from timebound.domain.ids import TenantId
from timebound.identity.factors.passkeys import LIFE

AT_ONCE: Final = 8
FAILED: Final = "That passkey did not do"
C1: Final = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

pytestmark = pytest.mark.documented("WebAuthn level 2, 7.2: a passkey that says whose it is")


async def arrive(world: World, **fields: str) -> tuple[Reader, httpx.Response]:
    """A browser of its own at the page for signing in."""
    reader = reader_of(world)
    return reader, await reader.authorize(**fields)


async def show(
    reader: Reader, page: httpx.Response, key: SoftKey, answer: str | None = None
) -> httpx.Response:
    """The answer to a passkey that has signed what the page asks."""
    signed = key.sign(options_of(page)) if answer is None else answer
    return await reader.fill(page, "credential", credential=signed)


def is_refused(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.BAD_REQUEST and FAILED in answer.text


async def test_a_passkey_is_all_that_it_takes(world: World) -> None:
    key = await with_passkey(world)
    reader, page = await arrive(world, claims=C1)
    asked = options_of(page)
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")
    redeemed = await world.redeem(told(await show(reader, page, key))["code"])
    claims = claims_of(redeemed.json()["access_token"])
    assert (claims["oid"], claims["amr"]) == (object_id(ADA), ["fido", "mfa"])
    assert claims["acrs"] == ["c1"]


async def test_the_page_does_without_scripts(world: World) -> None:
    await with_passkey(world)
    reader, page = await arrive(world)
    (start, _, rest) = page.text.partition("data-passkey")
    assert "hidden" in rest.partition(">")[0]
    assert Sheet(page.text).form("username").fields["step"] == "password"
    assert 'name="username"' in start, "the password comes first"
    wrong = await show(reader, page, soft_key(), "")
    assert is_refused(wrong)
    assert Sheet(wrong.text).form("username").fields["step"] == "password"


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"id": b"another key"},
        {"key": soft_key().key},
        {"handle": object_id(BEA).encode()},
        {"handle": b""},
        {"handle": b"\0" * 36},
    ],
)
async def test_what_proves_nothing_signs_nobody_in(world: World, changes: dict[str, Any]) -> None:
    key = await with_passkey(world)
    reader, page = await arrive(world)
    refused = await show(reader, page, replace(key, **changes))
    assert is_refused(refused)
    assert "code" in told(await show(reader, refused, key)), "the right one still does"


async def test_nobody_learns_whose_passkeys_there_are(world: World) -> None:
    """Every page asks the same, and every passkey that does not do is answered the same."""
    await with_passkey(world)
    asked = []
    for hint in ("", ADA, BEA, "nobody@small.example"):
        _, page = await arrive(world, login_hint=hint)
        options = options_of(page)
        asked.append({name: v for name, v in options.items() if name != "challenge"})
    assert all(one == asked[0] for one in asked)
    answers = []
    for handle in (object_id(ADA), object_id(BEA), "0" * 36):
        reader, page = await arrive(world)
        stranger = replace(soft_key(), handle=handle.encode())
        answers.append(Sheet((await show(reader, page, stranger)).text).words)
    assert answers[0] == answers[1] == answers[2]


def swap(page: httpx.Response, fields: Mapping[str, str]) -> Form:
    form = Sheet(page.text).form("credential")
    return Form(form.action, form.fields | dict(fields))


async def test_a_question_is_of_one_browser_and_answered_once(world: World) -> None:
    key = await with_passkey(world)
    mine, page = await arrive(world)
    asked = Sheet(page.text).form("credential").fields["challenge"]
    signed = {"challenge": asked, "credential": key.sign(options_of(page))}
    other, theirs = await arrive(world)
    assert is_refused(await other.send(swap(theirs, signed)))
    again = await mine.send(swap(page, signed))
    assert "code" in told(again)
    assert is_refused(await mine.send(swap(await mine.authorize(prompt="login"), signed)))


async def test_of_eight_who_bring_one_answer_one_is_signed_in(world: World) -> None:
    key = await with_passkey(world)
    reader, page = await arrive(world)
    form = swap(page, {"credential": key.sign(options_of(page))})
    barrier = asyncio.Barrier(AT_ONCE)

    async def bring() -> bool:
        await barrier.wait()
        answer = await reader.client.post(reader.at, data=form.fields)
        return answer.is_redirect

    assert (await asyncio.gather(*(bring() for _ in range(AT_ONCE)))).count(True) == 1


async def test_a_question_is_over_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await with_passkey(world)
    monkeypatch.setattr("timebound.identity.factors.passkeys.LIFE", -LIFE)
    reader, page = await arrive(world)
    monkeypatch.setattr("timebound.identity.factors.passkeys.LIFE", timedelta(minutes=15))
    assert is_refused(await show(reader, page, key))


async def test_a_key_that_counts_does_not_go_back(world: World) -> None:
    key = await with_passkey(world, count=5)
    reader, page = await arrive(world)
    assert is_refused(await show(reader, page, key))
    reader, page = await arrive(world)
    assert "code" in told(await show(reader, page, replace(key, count=6)))


async def test_who_is_disabled_is_not_signed_in(world: World) -> None:
    key = await with_passkey(world)
    store, tenant = world.service.parts.store, TenantId(TENANT)
    found = (await store.find_objects(tenant, [object_id(ADA)]))[object_id(ADA)]
    put = PutObject(replace(found, is_enabled=False))
    at = world.service.parts.clock.now()
    assert await store.apply(ChangeSet(tenant, at, {}, frozenset(), (put,)))
    reader, page = await arrive(world)
    assert is_refused(await show(reader, page, key))


async def test_a_form_of_another_page_signs_nobody_in(world: World) -> None:
    key = await with_passkey(world)
    reader, page = await arrive(world)
    signed = {"credential": key.sign(options_of(page)), "form_token": "another"}
    answer = await reader.send(swap(page, signed))
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert FAILED not in answer.text
    assert "code" not in answer.headers.get("location", "")


async def test_a_step_up_is_answered_by_the_passkey_as_well(world: World) -> None:
    """Who has signed in by a password may show the passkey in its place later."""
    key = await with_passkey(world)
    reader, page = await arrive(world)
    await reader.sign_in(page, ADA)
    page = await reader.authorize(prompt="login")
    redeemed = await world.redeem(told(await show(reader, page, key))["code"])
    assert claims_of(redeemed.json()["access_token"])["amr"] == ["fido", "mfa"]


@pytest.mark.parametrize(
    "answer",
    ["{", "[]", "null", '{"response": 1}', '{"response": {"userHandle": 1}}', "x" * 40_000]
    + [json.dumps({"id": "x", "response": {"userHandle": h}}) for h in ("ä", "%", write(b"\xff"))],
)
async def test_what_is_no_answer_is_refused(world: World, answer: str) -> None:
    reader, page = await arrive(world)
    refused = await show(reader, page, soft_key(), answer)
    assert is_refused(refused) or refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
