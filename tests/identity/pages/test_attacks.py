"""What a hostile page, name or neighbour comes to on the pages; each guard is shown to matter."""

from asyncio import gather, sleep
from dataclasses import replace
from typing import Final

import httpx
import pytest

from tests.identity.flows.world import ADA, AUTHORIZE, BACK, GUS, PHONE, WEB, World, told
from tests.identity.pages.reader import reader_of
from tests.identity.pages.test_consent_page import FREE, answer_of
from tests.identity.pages.test_factor_pages import C1, enrol
from tests.support.service import TENANT
from tests.support.sheets import Sheet
from timebound.application.changes import PutObject
from timebound.domain.ids import ApplicationId, TenantId
from timebound.identity.factors.factors import Factors, Person
from timebound.identity.pacing import NARROW, find_neighbourhood

pytestmark = pytest.mark.documented("issue 3: attack tests of the pages; OWASP ASVS 5.0")
SCRIPT: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
DEVICE: Final = f"/{TENANT}/oauth2/deviceauth"
WRONG: Final = "The user name or the password is wrong."


async def test_guesses_side_by_side_are_no_more_than_one_after_the_other(world: World) -> None:
    reader = reader_of(world, "203.0.113.9")
    page = await reader.authorize()
    tries = [reader.sign_in(page, ADA, f"guess-{number}") for number in range(4 * NARROW.free)]
    judged = [one for one in await gather(*tries) if WRONG in one.text]
    assert len(judged) == NARROW.free


async def test_a_guesser_with_a_network_of_addresses_is_one_guesser(world: World) -> None:
    for number in range(NARROW.free):
        reader = reader_of(world, f"2001:db8:0:7::{number:x}")
        assert WRONG in (await reader.sign_in(await reader.authorize(), ADA, "guess")).text
    moved, owner = reader_of(world, "2001:db8:0:7:1::9"), reader_of(world, "2001:db8:0:8::1")
    assert "too often" in (await moved.sign_in(await moved.authorize(), ADA)).text
    assert "code" in told(await owner.sign_in(await owner.authorize(), ADA))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8::7:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_where_somebody_is(address: str, place: str) -> None:
    assert find_neighbourhood(address) == place


async def test_codes_guessed_side_by_side_are_no_more_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enrol(world)
    prove = Factors.prove

    async def prove_late(factors: Factors, person: Person, code: str) -> bool:
        await sleep(0)  # others get their turn, as while a database over a network is asked
        return await prove(factors, person, code)

    monkeypatch.setattr(Factors, "prove", prove_late)
    reader = reader_of(world, "203.0.113.9")
    page = await reader.sign_in(await reader.authorize(claims=C1), ADA)
    tries = [reader.fill(page, "code", code=f"{number:06}") for number in range(4 * NARROW.free)]
    judged = [one for one in await gather(*tries) if "The code is wrong" in one.text]
    assert len(judged) == NARROW.free


async def test_the_name_of_an_application_is_text(world: World) -> None:
    store, at = world.service.parts.store, world.service.parts.clock.now()
    for app_id in (WEB, PHONE):
        found = await store.find_application(TenantId(TENANT), ApplicationId(app_id), at)
        assert found is not None
        await world.put(PutObject(replace(found.owner, display_name=SCRIPT)))
    reader = reader_of(world)
    asked = await reader.authorize(scope=FREE)
    question = await reader.sign_in(asked, ADA)
    codes = await world.service.client.post(
        f"/{TENANT}/oauth2/v2.0/devicecode", data={"client_id": PHONE, "scope": "openid User.Read"}
    )
    device = await reader.visit(DEVICE, {"user_code": codes.json()["user_code"]})
    for page in (asked, question, device):
        assert SCRIPT in Sheet(page.text).words, "it is told, as it is"
        assert "<script>alert" not in page.text
        assert "<img" not in page.text


async def test_what_goes_back_to_the_client_is_text_on_our_page(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize(response_mode="form_post", prompt="none", state=SCRIPT)
    assert page.status_code == 200
    form = Sheet(page.text).form("state")
    assert (form.action, form.fields["state"]) == (BACK, SCRIPT)
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("name", ["state", "nonce", "login_hint", "claims", "scope", "prompt"])
async def test_what_a_client_says_adds_no_header(world: World, name: str, mode: str) -> None:
    reader, seen = reader_of(world), list[httpx.Response]()

    async def keep(answer: httpx.Response) -> None:
        seen.append(answer)

    reader.client.event_hooks["response"].append(keep)
    said = {name: "x\r\nset-cookie: planted=1\r\n\r\n<p>", "response_mode": mode}
    await reader.sign_in(await reader.authorize(), ADA)
    await reader.authorize(**said)
    await reader.authorize(**said | {"prompt": "none"})
    assert all(answer.status_code < 500 for answer in seen)
    headers = [text for answer in seen for pair in answer.headers.raw for text in pair]
    assert not [text for text in headers if b"\r" in text or b"\n" in text]


async def test_every_page_is_guarded_alike(world: World) -> None:
    reader = reader_of(world)
    pages = [
        await reader.authorize(),
        await reader.visit(f"/{TENANT}/login", {"ctx": "x"}),
        await reader.visit(AUTHORIZE, {"client_id": WEB, "redirect_uri": "https://evil.example"}),
        await reader.visit(DEVICE),
        await reader.authorize(response_mode="form_post", prompt="none"),
        await reader.sign_in(await reader.authorize(scope=FREE), ADA),
        await reader.visit(f"/{TENANT}/security"),
        await reader.visit(f"/{TENANT}/oauth2/v2.0/logout"),
    ]
    for page in pages:
        assert page.headers["content-type"].startswith("text/html"), page.url
        policy = page.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "evil.example" not in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        assert "style=" not in page.text
        assert "onclick=" not in page.text


async def test_what_was_sealed_for_one_question_answers_no_other(world: World) -> None:
    reader = reader_of(world)
    question = Sheet((await reader.sign_in(await reader.authorize(scope=FREE), ADA)).text)
    ctx = question.form("ctx").fields["ctx"]
    sign_in = Sheet((await reader.authorize(prompt="login")).text).form("ctx").fields["ctx"]
    other, more = reader_of(world), f"{FREE} Mail.Read"
    theirs = Sheet((await other.sign_in(await other.authorize(scope=more), GUS)).text)
    foreign = theirs.form("ctx").fields["ctx"]
    found = world.interactions.open(ctx, TenantId(TENANT))
    assert found is not None
    device = world.interactions.seal(replace(found, details={**found.details, "for": "device"}))
    elsewhere = world.interactions.seal(replace(found, tenant_id=TenantId(WEB)))
    bent_ones = (f"{ctx[:-4]}AAAA", f"{ctx[:40]}AAAA{ctx[44:]}", "", "x")
    for wrong in (*bent_ones, sign_in, foreign, device, elsewhere):
        bent = await reader.send(answer_of(question, "accept", ctx=wrong))
        assert (bent.status_code, "AADSTS165004" in bent.text) == (400, True)
    assert (await reader.authorize(scope=FREE)).status_code == 200, "nothing was agreed to"
    agreed = await reader.send(answer_of(question, "accept"))
    assert "code" in told(agreed)
