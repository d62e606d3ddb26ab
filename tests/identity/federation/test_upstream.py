"""Signing in with an upstream provider: what it takes, and every way in which it is refused."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.identity.federation.rogue import CLIENT, ISSUER
from tests.identity.federation.scene import BACK, PROVIDER, RECORD, Scene, fault_of, open_scene
from tests.identity.outgoing.issuers import EC
from tests.support.service import ORIGIN, TENANT, id_of
from timebound.domain.ids import TenantId
from timebound.identity.federation.states import LIFE
from timebound.identity.federation.upstream import finish_sign_in, start_sign_in
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import SendTo
from timebound.identity.flows.sessions import Browser
from timebound.identity.lives import SIGN_IN_LIFE
from timebound.identity.problems import Fault

pytestmark = pytest.mark.documented(
    "OpenID Connect Core, 3.1; RFC 7636; RFC 9207; RFC 9700, 2.1 and 4.4"
)
AT_ONCE = 8
HOUR = timedelta(hours=1)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A browser that nobody is signed in at."""
    async with open_scene(tmp_path) as opened:
        yield opened


async def test_who_signs_in_there_is_signed_in_here(scene: Scene) -> None:
    ctx = scene.seal()
    asked = await scene.leave(ctx)
    callback = f"{ORIGIN}/{TENANT}/federation/works/callback"
    assert {name: asked[name] for name in ("response_type", "client_id", "redirect_uri")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": callback,
    }
    assert asked["scope"] == "openid profile email"
    assert asked["code_challenge_method"] == "S256"
    outcome = await scene.come_back(code="code-1", state=asked["state"])
    assert isinstance(outcome, SendTo)
    assert outcome.url == f"/{TENANT}/login?ctx={ctx}"
    (form,) = scene.rogue.forms
    assert (form["grant_type"], form["code"]) == ("authorization_code", "code-1")
    assert form["redirect_uri"] == callback
    digest = sha256(form["code_verifier"].encode()).digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
    present = await scene.present()
    assert present is not None
    assert present.user.id == id_of("user", "bob@small.example")
    assert present.who.methods == ("fed",)
    # Nothing is left of the way but the session.
    assert list(scene.cookies) == [f"__Host-timebound-{TENANT}"]


async def test_the_providers_of_a_tenant_are_offered_to_it_alone(scene: Scene) -> None:
    (choice,) = scene.upstream.list_providers(RECORD)
    assert (choice.display_name, choice.path) == ("Works", f"/{TENANT}/federation/works/start")
    other = replace(RECORD, id=TenantId("t-2"), domains=("other.example",))
    assert scene.upstream.list_providers(other) == []


@pytest.mark.parametrize(
    ("changes", "methods"),
    [
        ({"amr": ["pwd", "otp"]}, ("fed", "mfa")),
        ({"acr": "loa2"}, ("fed", "mfa")),
        ({"amr": ["pwd"], "acr": "loa1"}, ("fed",)),
        ({"amr": ["mfa"]}, ("fed",)),
        ({}, ("fed",)),
    ],
)
async def test_a_second_factor_is_what_the_operator_takes_for_one(
    scene: Scene, changes: Mapping[str, Any], methods: tuple[str, ...]
) -> None:
    scene.rogue.changes = dict(changes)
    await scene.sign_in()
    present = await scene.present()
    assert present is not None
    assert present.who.methods == methods


async def test_when_they_signed_in_there_is_when_they_signed_in(scene: Scene) -> None:
    signed_in_at = scene.later.now() - HOUR
    scene.rogue.changes = {"auth_time": int(signed_in_at.timestamp())}
    await scene.sign_in()
    present = await scene.present()
    assert present is not None
    assert present.who.at == signed_in_at.replace(microsecond=0)


async def test_a_sign_in_there_that_is_too_old_is_made_anew(scene: Scene) -> None:
    """Nothing could rest on it: applications would get tokens that are over as they begin."""
    now = scene.later.now()
    scene.rogue.changes = {"auth_time": int((now - SIGN_IN_LIFE).timestamp())}
    outcome = await scene.sign_in()
    assert isinstance(outcome, SendTo)
    assert await scene.present() is None
    ctx = dict(parse_qsl(urlsplit(outcome.url).query))["ctx"]
    assert (await scene.leave(ctx))["prompt"] == "login"
    scene.rogue.changes = {"auth_time": int(now.timestamp())}
    assert isinstance(await scene.sign_in(ctx), SendTo)
    assert await scene.present() is not None


async def test_a_session_lasts_no_longer_than_what_rests_on_the_sign_in(scene: Scene) -> None:
    signed_in_at = (scene.later.now() - SIGN_IN_LIFE + HOUR).replace(microsecond=0)
    scene.rogue.changes = {"auth_time": int(signed_in_at.timestamp())}
    await scene.sign_in()
    present = await scene.present()
    assert present is not None
    assert present.session.ends_at == signed_in_at + SIGN_IN_LIFE


async def test_whoever_has_to_sign_in_anew_has_to_do_it_there(scene: Scene) -> None:
    since = scene.later.now()
    ctx = scene.seal(fresh_since=since)
    asked = await scene.leave(ctx)
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    for told in (None, int((since - HOUR).timestamp())):
        scene.rogue.changes = {"auth_time": told}
        assert fault_of(await scene.sign_in(ctx)) is Fault.FEDERATION_TOKEN
        assert await scene.present() is None
    scene.rogue.changes = {"auth_time": int(since.timestamp())}
    assert isinstance(await scene.sign_in(ctx), SendTo)
    present = await scene.present()
    assert present is not None
    assert Interaction(BACK, RECORD.id, fresh_since=since).is_satisfied_by(present.who)


async def test_what_is_wanted_of_the_sign_in_is_passed_on(scene: Scene) -> None:
    asked = await scene.leave(
        scene.seal(login_hint="bob@small.example", factors=frozenset({"mfa"}), chooses_account=True)
    )
    assert asked["login_hint"] == "bob@small.example"
    assert asked["acr_values"] == "loa2"
    assert asked["prompt"] == "select_account"
    plain = await scene.leave()
    assert not {"login_hint", "acr_values", "prompt", "max_age"} & plain.keys()


async def test_a_session_that_was_there_before_does_not_stay(scene: Scene) -> None:
    await scene.sign_in()
    before = dict(scene.cookies)
    await scene.sign_in()
    assert scene.cookies.keys() == before.keys()
    assert scene.cookies != before
    assert await scene.flows.sessions.find(Browser(RECORD.id, ORIGIN, before)) is None


# ---- the state -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", "x", "ä", "A" * 200, "A" * 40_000])
async def test_a_state_that_is_not_ours_leads_nowhere(scene: Scene, state: str) -> None:
    await scene.leave()
    assert fault_of(await scene.come_back(code="c", state=state)) is Fault.FEDERATION_LOST
    assert fault_of(await scene.come_back(code="c")) is Fault.FEDERATION_LOST
    assert not scene.rogue.forms


async def test_a_state_that_was_altered_leads_nowhere(scene: Scene) -> None:
    state = (await scene.leave())["state"]
    for place in (0, len(state) // 2, len(state) - 2):
        other = "A" if state[place] != "A" else "B"
        altered = state[:place] + other + state[place + 1 :]
        assert fault_of(await scene.come_back(code="c", state=altered)) is Fault.FEDERATION_LOST


async def test_a_state_counts_once(scene: Scene) -> None:
    asked = await scene.leave()
    cookies = dict(scene.cookies)
    assert isinstance(await scene.come_back(code="c", state=asked["state"]), SendTo)
    scene.cookies = cookies
    again = await scene.come_back(code="c", state=asked["state"])
    assert fault_of(again) is Fault.FEDERATION_LOST
    assert len(scene.rogue.forms) == 1


async def test_of_many_returns_at_once_one_counts(scene: Scene) -> None:
    asked = await scene.leave()
    answer = {"code": "c", "state": asked["state"]}
    outcomes = await asyncio.gather(
        *(finish_sign_in(scene.upstream, scene.journey, answer) for _ in range(AT_ONCE))
    )
    assert len([one for one in outcomes if isinstance(one, SendTo)]) == 1


async def test_what_was_begun_in_one_browser_is_not_finished_in_another(scene: Scene) -> None:
    asked = await scene.leave()
    own = dict(scene.cookies)
    for cookies in ({}, dict.fromkeys(own, "guessed"), dict.fromkeys(own, "")):
        scene.cookies = cookies
        outcome = await scene.come_back(code="c", state=asked["state"])
        assert fault_of(outcome) is Fault.FEDERATION_LOST
    # Neither with the cookie of another way there.
    scene.cookies = {}
    await scene.leave()
    scene.cookies = dict.fromkeys(own, next(iter(scene.cookies.values())))
    outcome = await scene.come_back(code="c", state=asked["state"])
    assert fault_of(outcome) is Fault.FEDERATION_LOST


async def test_several_ways_there_do_not_meet(scene: Scene) -> None:
    first = await scene.leave()
    nonce = scene.rogue.nonce
    await scene.leave()
    assert len(scene.cookies) == 2
    scene.rogue.nonce = nonce
    assert isinstance(await scene.come_back(code="c", state=first["state"]), SendTo)


async def test_a_state_is_over_in_time(scene: Scene) -> None:
    asked = await scene.leave()
    scene.later.ahead = LIFE
    outcome = await scene.come_back(code="c", state=asked["state"])
    assert fault_of(outcome) is Fault.FEDERATION_LOST


async def test_a_state_is_of_its_provider_and_its_tenant(scene: Scene) -> None:
    asked = await scene.leave()
    answer = {"code": "c", "state": asked["state"]}
    journey = scene.journey
    other = replace(RECORD, id=TenantId("t-2"))
    for wrong in (
        replace(journey, provider=replace(PROVIDER, name="other")),
        replace(journey, provider=replace(PROVIDER, issuer="https://other.example")),
        replace(journey, tenant=other, browser=replace(journey.browser, tenant_id=other.id)),
    ):
        outcome = await finish_sign_in(scene.upstream, wrong, answer)
        assert fault_of(outcome) is Fault.FEDERATION_LOST
    assert not scene.rogue.forms


async def test_only_what_we_sealed_is_gone_back_to(scene: Scene) -> None:
    other = scene.flows.interactions.seal(Interaction("/x", TenantId("t-2")))
    for ctx in ("", "x", "https://evil.example", other):
        outcome = await start_sign_in(scene.upstream, scene.journey, ctx)
        assert fault_of(outcome) is Fault.FEDERATION_LOST


# ---- the answer ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supported", "told", "is_taken"),
    [
        (False, None, True),
        (True, ISSUER, True),
        (False, ISSUER, True),
        (True, None, False),
        (True, "https://evil.example", False),
        (False, "https://evil.example", False),
        (False, "", False),
        (False, f"{ISSUER}/", False),
    ],
)
async def test_an_answer_is_of_the_provider_that_was_asked(
    scene: Scene, *, supported: bool, told: str | None, is_taken: bool
) -> None:
    scene.rogue.describe(authorization_response_iss_parameter_supported=supported)
    asked = await scene.leave()
    more = {} if told is None else {"iss": told}
    outcome = await scene.come_back(code="c", state=asked["state"], **more)
    assert isinstance(outcome, SendTo) is is_taken
    if not is_taken:
        assert fault_of(outcome) is Fault.FEDERATION_TOKEN
        # The code is not shown to anybody either.
        assert not scene.rogue.forms


async def test_a_refusal_there_is_one_here(scene: Scene) -> None:
    asked = await scene.leave()
    outcome = await scene.come_back(error="access_denied", state=asked["state"])
    assert fault_of(outcome) is Fault.FEDERATION_DECLINED
    assert await scene.present() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"]},
        {"azp": "somebody-else"},
        {"nonce": "somebody-elses"},
        {"nonce": None},
        {"nonce": ""},
        {"exp": 1},
        {"sub": None},
        {"sub": "s\0"},
        {"at_hash": "somebody-elses"},
        {"iat": 4_000_000_000},
    ],
)
async def test_an_id_token_has_to_be_of_this_very_sign_in(
    scene: Scene, changes: dict[str, Any]
) -> None:
    scene.rogue.changes = changes
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_TOKEN
    assert await scene.present() is None


async def test_a_provider_signs_as_it_says_that_it_signs(scene: Scene) -> None:
    scene.rogue.describe(id_token_signing_alg_values_supported=["ES256"])
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_TOKEN
    scene.rogue.header = {"alg": "ES256", "kid": "ec", "key": EC}
    assert isinstance(await scene.sign_in(), SendTo)
    # And never otherwise than the operator takes.
    scene.provider = replace(scene.provider, algorithms=frozenset({"RS256"}))
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_TOKEN


@pytest.mark.parametrize("answer", [{}, {"id_token": 5}, {"id_token": "a.b.c"}, {"id_token": ""}])
async def test_without_an_id_token_nobody_is_believed(
    scene: Scene, answer: Mapping[str, Any]
) -> None:
    scene.rogue.answer = answer
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_TOKEN


async def test_a_provider_that_does_not_answer_vouches_for_nobody(scene: Scene) -> None:
    scene.rogue.refuse()
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_UNREACHABLE
    scene.rogue.by_url.clear()
    outcome = await start_sign_in(scene.upstream, scene.journey, scene.seal())
    assert fault_of(outcome) is Fault.FEDERATION_UNREACHABLE


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://idp.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://idp.example/\r\nset-cookie: a=b"},
    ],
)
async def test_nobody_is_sent_where_the_provider_is_not(
    scene: Scene, changes: dict[str, Any]
) -> None:
    described = f"{ISSUER}/.well-known/openid-configuration"
    scene.rogue.by_url[described] = {**scene.rogue.by_url[described], **changes}
    outcome = await start_sign_in(scene.upstream, scene.journey, scene.seal())
    assert fault_of(outcome) is Fault.FEDERATION_UNREACHABLE


async def test_we_prove_who_we_are_as_the_provider_wants_it(scene: Scene) -> None:
    await scene.sign_in()
    assert scene.rogue.authorizations == [None]
    scene.provider = replace(scene.provider, client_secret="s+/:")
    await scene.sign_in()
    pair = b64encode(f"{CLIENT}:s%2B%2F%3A".encode()).decode()
    assert scene.rogue.authorizations[1] == f"Basic {pair}"
    assert "client_secret" not in scene.rogue.forms[1]
    scene.rogue.describe(token_endpoint_auth_methods_supported=["client_secret_post"])
    await scene.sign_in()
    assert scene.rogue.authorizations[2] is None
    assert scene.rogue.forms[2]["client_secret"] == "s+/:"
