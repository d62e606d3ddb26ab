"""Signing in on the page, and what a guesser or a stranger's form comes to there."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.identity.flows.world import ADA, AUTHORIZE, BACK, BEA, GUS, World, object_id, told
from tests.identity.pages.reader import reader_of
from tests.support.service import ORIGIN, TENANT
from tests.support.sheets import Sheet
from timebound.application.changes import ChangeSet, PutObject
from timebound.domain.directory_changes import PASSWORD_PROFILE
from timebound.domain.ids import PrincipalId, TenantId

ISSUE: Final = pytest.mark.documented("issue 3: signing in")
pytestmark = ISSUE
WRONG: Final = "The user name or the password is wrong."


async def test_a_password_leads_back_to_the_application(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    assert page.status_code == 200
    assert "Sign in" in Sheet(page.text).words
    answer = await reader.sign_in(page, ADA)
    assert answer.headers["location"].startswith(BACK)
    assert {"code", "state", "iss"} <= told(answer).keys()
    redeemed = await world.redeem(told(answer)["code"])
    assert redeemed.status_code == 200
    again = await reader.authorize()
    assert "code" in told(again), "who is signed in is not asked again"


async def test_a_hint_is_filled_in_and_signs_nobody_in(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize(login_hint=ADA)
    assert Sheet(page.text).form("password").fields["username"] == ADA
    again = await reader.authorize(login_hint=ADA, prompt="none")
    assert told(again)["error"] == "login_required"


@pytest.mark.parametrize("segment", ["common", "organizations", "small.example"])
async def test_the_name_tells_the_tenant(world: World, segment: str) -> None:
    reader = reader_of(world)
    path = AUTHORIZE.replace(TENANT, segment)
    fields = {"client_id": "", "response_type": "code", "redirect_uri": BACK, "scope": "openid"}
    fields["client_id"] = "11111111-0000-4000-8000-00000000000a"
    answer = await reader.sign_in(await reader.visit(path, fields), ADA)
    assert "code" in told(answer)


@pytest.mark.parametrize("name", [ADA, "nobody@small.example", "x", "a@elsewhere.example"])
async def test_what_is_wrong_is_told_in_the_same_words(world: World, name: str) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    answer = await reader.sign_in(page, name, "not-the-password")
    assert answer.status_code == 400
    sheet = Sheet(answer.text)
    assert WRONG in sheet.words
    assert sheet.form("password").fields["password"] == ""
    assert not [one for one in answer.headers.get_list("set-cookie") if TENANT in one]


async def test_only_who_knows_the_password_is_told_of_a_disabled_account(world: World) -> None:
    parts, tenant_id = world.service.parts, TenantId(TENANT)
    record = await parts.store.find_user(tenant_id, GUS)
    assert record is not None
    write = PutObject(replace(record.owner, is_enabled=False))
    change = ChangeSet(tenant_id, parts.clock.now(), {}, frozenset(), (write,))
    assert await parts.store.apply(change)
    reader = reader_of(world)
    page = await reader.authorize()
    guessed = Sheet((await reader.sign_in(page, GUS, "not-the-password")).text)
    assert WRONG in guessed.words
    known = Sheet((await reader.sign_in(page, GUS)).text)
    assert "The account is disabled." in known.words


async def test_a_name_that_is_not_there_costs_a_hash_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = world.service.parts.hasher
    checked: list[str] = []
    matches = hasher.matches

    async def count(secret: str, hashes: tuple[str, ...]) -> bool:
        checked.append(secret)
        return await matches(secret, hashes)

    monkeypatch.setattr(hasher, "matches", count)
    reader = reader_of(world)
    page = await reader.authorize()
    for name in (ADA, "nobody@small.example", "nobody@nowhere.example"):
        await reader.sign_in(page, name, "guess")
    assert checked == ["guess"] * 3


async def test_a_guesser_waits_and_nobody_else(world: World) -> None:
    guesser, owner = reader_of(world, "203.0.113.9"), reader_of(world, "198.51.100.7")
    page = await guesser.authorize()
    for number in range(5):
        assert WRONG in (await guesser.sign_in(page, ADA, f"guess-{number}")).text
    slowed = await guesser.sign_in(page, ADA)
    assert "too often" in slowed.text, "even the right one waits"
    other = await guesser.sign_in(page, GUS)
    assert "code" in told(other), "another account is another matter"
    assert "code" in told(await owner.sign_in(await owner.authorize(), ADA))


FOREIGN: Final = {
    "another origin": {"origin": "https://evil.example"},
    "an origin that is hidden": {"origin": "null"},
    "another site": {"sec-fetch-site": "cross-site"},
    "a neighbour": {"sec-fetch-site": "same-site"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
async def test_a_form_of_another_page_signs_nobody_in(
    world: World, headers: dict[str, str]
) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    answer = await reader.fill(page, "password", headers, username=ADA, password="pass-word-1")
    assert answer.status_code == 400
    assert "AADSTS165000" in answer.text
    assert not [one for one in answer.headers.get_list("set-cookie") if TENANT in one]


async def test_a_token_of_another_browser_signs_nobody_in(world: World) -> None:
    reader, other = reader_of(world), reader_of(world)
    page, theirs = await reader.authorize(), await other.authorize()
    token = Sheet(theirs.text).form("password").fields["form_token"]
    for forged in (token, "", "x"):
        answer = await reader.fill(
            page, "password", form_token=forged, username=ADA, password="pass-word-1"
        )
        assert "AADSTS165000" in answer.text
    good = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    done = await reader.fill(page, "password", good, username=ADA, password="pass-word-1")
    assert "code" in told(done)


@pytest.mark.parametrize("ctx", ["", "x", "AAAA", None])
async def test_nobody_can_write_where_the_page_leads(world: World, ctx: str | None) -> None:
    reader = reader_of(world)
    await reader.authorize()
    sealed = dict(parse_qsl(urlsplit(reader.at).query))["ctx"]
    bent = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1] if ctx is None else ctx
    answer = await reader.visit(f"/{TENANT}/login", {"ctx": bent})
    assert (answer.status_code, "AADSTS165004" in answer.text) == (400, True)


async def test_signing_in_gives_a_secret_that_nobody_could_have_planted(world: World) -> None:
    reader = reader_of(world)
    name = f"__Host-timebound-{TENANT}"
    reader.client.cookies.set(name, "planted", domain="localhost")
    await reader.sign_in(await reader.authorize(), ADA)
    kept = [cookie.value for cookie in reader.client.cookies.jar if cookie.name == name]
    assert "planted" not in kept[-1:]
    world_visitor = world.nobody()
    world_visitor.cookies[name] = "planted"
    assert (await world_visitor.authorize()).headers["location"].startswith(f"/{TENANT}/login")


async def test_somebody_else_can_be_chosen(world: World) -> None:
    reader = reader_of(world)
    await reader.sign_in(await reader.authorize(), ADA)
    page = await reader.authorize(prompt="select_account")
    assert f"Go on as {ADA}" in Sheet(page.text).words
    form = next(one for one in Sheet(page.text).forms if one.fields["step"] == "stay")
    assert "code" in told(await reader.send(form))
    page = await reader.authorize(prompt="select_account")
    assert "code" in told(await reader.sign_in(page, BEA))
    page = await reader.authorize(login_hint=ADA)
    assert f"Go on as {BEA}" in Sheet(page.text).words


async def test_a_fresh_sign_in_is_asked_for_and_given(world: World) -> None:
    reader = reader_of(world)
    await reader.sign_in(await reader.authorize(), ADA)
    page = await reader.authorize(prompt="login")
    assert page.status_code == 200
    assert "Go on as" not in page.text
    assert "code" in told(await reader.sign_in(page, ADA))


async def force_change(world: World, name: str) -> None:
    """Has somebody choose another password the next time."""
    store, id_ = world.service.parts.store, PrincipalId(object_id(name))
    found = (await store.find_objects(TenantId(TENANT), [id_]))[id_]
    profile = {PASSWORD_PROFILE: {"forceChangePasswordNextSignIn": True}}
    await world.put(PutObject(replace(found, attributes={**found.attributes, **profile})))


async def test_a_password_that_was_given_is_replaced_first(world: World) -> None:
    await force_change(world, ADA)
    reader = reader_of(world)
    page = await reader.sign_in(await reader.authorize(), ADA)
    assert "Choose a new password" in Sheet(page.text).words
    assert not [one for one in page.headers.get_list("set-cookie") if TENANT in one]

    async def change(new: str, again: str, current: str = "pass-word-1") -> httpx.Response:
        return await reader.fill(
            page, "new_password", password=current, new_password=new, new_password_again=again
        )

    assert "not the same" in (await change("Moss-Kettle-77", "Moss-Kettle-78")).text
    assert "too easy" in (await change("short", "short")).text
    assert "same as before" in (await change("pass-word-1", "pass-word-1")).text
    assert WRONG in (await change("Moss-Kettle-77", "Moss-Kettle-77", "guess")).text
    assert "code" in told(await change("Moss-Kettle-77", "Moss-Kettle-77"))
    other = reader_of(world)
    assert WRONG in (await other.sign_in(await other.authorize(), ADA)).text
    assert "code" in told(await other.sign_in(await other.authorize(), ADA, "Moss-Kettle-77"))


async def test_a_password_is_not_changed_there_by_who_need_not(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    form = Sheet(page.text).form("password").fields
    change = {"step": "change", "username": ADA, "password": "pass-word-1"}
    new = {"new_password": "Moss-Kettle-77", "new_password_again": "Moss-Kettle-77"}
    await reader.client.post(reader.at, data={**form, **change, **new})
    other = reader_of(world)
    assert WRONG in (await other.sign_in(await other.authorize(), ADA, "Moss-Kettle-77")).text
    assert "code" in told(await other.sign_in(await other.authorize(), ADA))


async def test_what_others_wrote_is_text_and_nothing_else(world: World) -> None:
    script = '"><script>alert(1)</script>'
    reader = reader_of(world)
    page = await reader.authorize(login_hint=script)
    assert "<script>" not in page.text
    assert Sheet(page.text).form("password").fields["username"] == script
    wrong = await reader.sign_in(page, script, script)
    assert "<script>" not in wrong.text


async def test_pages_cannot_be_framed_scripted_or_kept(world: World) -> None:
    page = await reader_of(world).authorize()
    policy = {
        name: values
        for name, _, values in (
            one.strip().partition(" ") for one in page.headers["content-security-policy"].split(";")
        )
    }
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["form-action"] == "'self' https://app.example"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_the_style_sheet_is_there(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    address = page.text.partition('stylesheet" href="')[2].partition('"')[0]
    sheet = await reader.client.get(address)
    assert sheet.status_code == 200
    assert sheet.headers["content-type"].startswith("text/css")
    assert (await reader.client.get("/assets/other.css")).status_code == 404
    assert (await reader.client.get("/assets/..%2Fkit.py")).status_code == 404


async def test_browsers_find_an_icon_on_pages_and_without_them(world: World) -> None:
    reader = reader_of(world)
    page = await reader.authorize()
    address = page.text.partition('rel="icon" href="')[2].partition('"')[0]
    linked, unasked = await reader.client.get(address), await reader.client.get("/favicon.ico")
    for icon in (linked, unasked):
        assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
        assert "public" in icon.headers["cache-control"]
        assert b"script" not in icon.content
    assert linked.content == unasked.content
    assert "immutable" not in unasked.headers["cache-control"], "its address stays as it is"
