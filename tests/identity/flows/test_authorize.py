"""The authorization endpoint: what it answers, whom, and where."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.identity.flows.world import (
    ADA,
    AUTHORIZE,
    BACK,
    BEA,
    LOOPBACK,
    PHONE,
    PKCE,
    SPA,
    SPA_BACK,
    VERIFIER,
    WEB,
    World,
    object_id,
    told,
    told_in_fragment,
)
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import ORIGIN, TENANT

C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest.mark.documented("RFC 6749, 4.1.2; RFC 9207: code, state and iss")
async def test_a_code_comes_back_with_state_and_issuer(world: World) -> None:
    answer = await (await world.sign_in()).authorize()
    assert answer.headers["location"].startswith(f"{BACK}?")
    assert answer.headers["cache-control"] == "no-store"
    fields = told(answer)
    assert set(fields) == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == ("s-1", f"{ORIGIN}/{TENANT}/v2.0")
    assert fields["code"] not in answer.text


@pytest.mark.documented(
    "OAuth 2.0 code flow: tokens for a code; nonce and auth_time in the id token"
)
async def test_a_code_is_redeemed(world: World) -> None:
    visitor = await world.sign_in()
    code = told(await visitor.authorize(nonce="n-1"))["code"]
    body = (await world.redeem(code, client_info="1")).json()
    claims, identity = claims_of(body["access_token"]), claims_of(body["id_token"])
    assert (claims["oid"], claims["amr"], claims["acr"]) == (object_id(ADA), ["pwd"], "1")
    assert "User.Read" in claims["scp"].split()
    assert (identity["nonce"], identity["aud"]) == ("n-1", claims["appid"])
    assert identity["auth_time"] == claims["auth_time"] <= claims["iat"]
    assert body["refresh_token"]
    assert body["client_info"]
    assert claims["appidacr"] == "1"


@pytest.mark.documented("OAuth 2.0 Multiple Response Types: response_mode")
async def test_an_answer_travels_as_asked(world: World) -> None:
    visitor = await world.sign_in()
    fragment = await visitor.authorize(response_mode="fragment")
    assert fragment.headers["location"].startswith(f"{BACK}#")
    assert told_in_fragment(fragment)["state"] == "s-1"
    fixed = await visitor.authorize(redirect_uri=f"{BACK}?fixed=1")
    assert fixed.headers["location"].startswith(f"{BACK}?fixed=1&code=")
    unknown = await visitor.authorize(response_mode="pigeon")
    assert told(unknown)["error"] == "invalid_request"


@pytest.mark.documented("OAuth 2.0 Form Post Response Mode")
async def test_an_answer_can_be_posted(world: World) -> None:
    visitor = await world.sign_in()
    answer = await visitor.authorize(response_mode="form_post", state="\"><script>alert('x')")
    assert answer.status_code == httpx.codes.OK
    assert re.search(rf"action=['\"]{re.escape(BACK)}['\"]", answer.text)
    assert "<script>alert" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "form-action https://app.example" in answer.headers["content-security-policy"]


@pytest.mark.documented("OpenID Connect Core, 3.1.2.1: a request may be posted as well")
async def test_a_request_can_be_posted(world: World) -> None:
    visitor = await world.sign_in()
    fields = {
        "client_id": PHONE,
        "response_type": "code",
        "redirect_uri": LOOPBACK,
        "scope": "openid",
        **PKCE,
    }
    answer = await visitor.post(AUTHORIZE, fields)
    assert answer.headers["location"].startswith(f"{LOOPBACK}?code=")


@pytest.mark.documented("clients/contract.md, 3.1: who is signed in is told to who asks for it")
async def test_client_info_comes_with_the_code(world: World) -> None:
    visitor = await world.sign_in()
    fields = told(await visitor.authorize(client_info="1"))
    assert claims_of(f".{fields['client_info']}") == {"uid": object_id(ADA), "utid": TENANT}


@pytest.mark.inferred("whoever is not signed in says so on a page, and comes back")
async def test_nobody_is_sent_to_sign_in(world: World) -> None:
    answer = await world.nobody().authorize(login_hint=ADA, prompt="login consent")
    asked = world.opened(answer)
    back = urlsplit(asked.back)
    assert back.path == AUTHORIZE
    fields = parse_qs(back.query)
    assert fields["state"] == ["s-1"]
    assert fields["prompt"] == ["consent"]
    assert "login_hint" not in fields
    assert (asked.application_name, asked.login_hint) == ("Web", ADA)
    assert asked.fresh_since is not None


@pytest.mark.documented("clients/contract.md, 6: login_hint never signs anybody in")
async def test_a_hint_signs_nobody_in(world: World) -> None:
    assert world.opened(await world.nobody().authorize(login_hint=ADA)).login_hint == ADA
    visitor = await world.sign_in(BEA)
    asked = world.opened(await visitor.authorize(login_hint=ADA))
    assert asked.chooses_account
    silent = told(await visitor.authorize(login_hint=ADA, prompt="none"))
    assert silent["error"] == "account_selection_required"
    assert "code" in told(await visitor.authorize(login_hint=BEA.upper()))


@pytest.mark.documented("OpenID Connect Core, 3.1.2.1: prompt=none is answered without a page")
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, None),
        ({"max_age": "3600"}, None),
        ({"max_age": "0"}, "login_required"),
        ({"claims": C1}, "interaction_required"),
        ({"scope": "Mail.Read"}, "consent_required"),
    ],
)
async def test_silence_is_kept(world: World, fields: dict[str, str], error: str | None) -> None:
    visitor = await world.sign_in()
    answer = told(await visitor.authorize(prompt="none", **fields))
    assert answer.get("error") == error
    assert ("code" in answer) is (error is None)
    assert told(await world.nobody().authorize(prompt="none"))["error"] == "login_required"


@pytest.mark.documented("OpenID Connect Core, 3.1.2.1: prompt and max_age ask for a fresh sign-in")
@pytest.mark.parametrize("fields", [{"prompt": "login"}, {"max_age": "0"}])
async def test_a_fresh_sign_in_is_asked_for_once(world: World, fields: dict[str, str]) -> None:
    visitor = await world.sign_in()
    asked = world.opened(await visitor.authorize(**fields))
    old = await world.sessions.find(visitor.browser)
    assert old is not None
    assert not asked.is_satisfied_by(old.who)
    again = await world.sign_in()
    new = await world.sessions.find(again.browser)
    assert new is not None
    assert asked.is_satisfied_by(new.who)
    assert "code" in told(await again.get(asked.back))


@pytest.mark.documented("identity platform: prompt=select_account shows who could go on")
async def test_an_account_is_chosen_once(world: World) -> None:
    visitor = await world.sign_in()
    asked = world.opened(await visitor.authorize(prompt="select_account"))
    assert asked.chooses_account
    assert "code" in told(await visitor.get(asked.back))


@pytest.mark.documented("authentication context: acrs of the sign-in's strength, and no other")
async def test_a_context_asks_for_its_factor_and_is_told_then(world: World) -> None:
    weak = await world.sign_in()
    asked = world.opened(await weak.authorize(claims=C1))
    assert sorted(asked.factors | asked.contexts) == ["c1", "mfa"]
    strong = await world.sign_in(ADA, "otp", "mfa")
    code = told(await strong.get(asked.back))["code"]
    claims = claims_of((await world.redeem(code)).json()["access_token"])
    assert (claims["acrs"], claims["xms_cc"]) == (["c1"], ["cp1"])
    assert claims["amr"] == ["pwd", "otp", "mfa"]


@pytest.mark.documented("OAuth 2.0 code flow: a code of a weak sign-in gives no context later")
async def test_a_context_cannot_be_had_at_the_token_endpoint_alone(world: World) -> None:
    weak = await world.sign_in()
    code = told(await weak.authorize())["code"]
    answer = (await world.redeem(code, claims=C1)).json()
    assert (answer["error"], answer["error_codes"]) == ("interaction_required", [50079])
    assert answer["claims"] == C1


@pytest.mark.inferred("MfaRule asks for a second factor, whichever context there is")
async def test_a_second_factor_can_be_asked_for_by_its_name(world: World) -> None:
    wanted = '{"access_token":{"amr":{"essential":true,"values":["mfa"]}}}'
    asked = world.opened(await (await world.sign_in()).authorize(claims=wanted))
    assert asked.factors == {"mfa"}
    strong = await world.sign_in(ADA, "fido", "mfa")
    code = told(await strong.get(asked.back))["code"]
    claims = claims_of((await world.redeem(code)).json()["access_token"])
    assert "mfa" in claims["amr"]
    assert "acrs" not in claims


@pytest.mark.documented("RFC 9700, 2.1.1: public clients use PKCE with S256; plain is not known")
@pytest.mark.parametrize(
    ("client", "uri"), [(PHONE, LOOPBACK), (SPA, SPA_BACK)], ids=["public", "spa"]
)
@pytest.mark.parametrize(
    ("challenge", "number"),
    [
        ({}, "9002325"),
        ({"code_challenge": VERIFIER}, "501491"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "501491"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "501491"),
        ({"code_challenge_method": "S256"}, "501491"),
    ],
)
async def test_public_clients_have_to_use_pkce(
    world: World, client: str, uri: str, challenge: dict[str, str], number: str
) -> None:
    visitor = await world.sign_in()
    answer = told(await visitor.authorize(client_id=client, redirect_uri=uri, **challenge))
    assert answer["error"] == "invalid_request"
    assert answer["error_description"].startswith(f"AADSTS{number}:")
    assert answer["state"] == "s-1"


@pytest.mark.documented("RFC 6749, 4.1.2.1: errors go to a URI that is known to be the client's")
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "https://nowhere.example/x"}, "invalid_resource"),
        ({"scope": "No.Such.Permission"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "²"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://evil"}, "request_not_supported"),
    ],
)
async def test_what_is_wrong_is_told_the_client(
    world: World, fields: dict[str, str], error: str
) -> None:
    visitor = await world.sign_in()
    answer = await visitor.authorize(**fields)
    assert answer.headers["location"].startswith(f"{BACK}?")
    assert told(answer)["error"] == error
    assert told(answer)["iss"] == f"{ORIGIN}/{TENANT}/v2.0"


@pytest.mark.documented("RFC 9700, 4.1 and 4.11: nobody is sent where no client is registered")
@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"client_id": ""}, 900144),
        ({"client_id": "11111111-0000-4000-8000-0000000000ff"}, 700016),
        ({"redirect_uri": ""}, 900144),
        ({"redirect_uri": f"{BACK}/"}, 50011),
        ({"redirect_uri": f"{BACK}/../evil"}, 50011),
        ({"redirect_uri": f"{BACK}#x"}, 50011),
        ({"redirect_uri": "https://evil.example/cb"}, 50011),
        ({"redirect_uri": "//app.example/cb"}, 50011),
        ({"redirect_uri": f"{BACK}\r\nset-cookie: a=b"}, 50011),
        ({"redirect_uri": LOOPBACK}, 50011),
        ({"state": "x" * 9000}, 90015),
    ],
)
async def test_what_cannot_be_told_the_client_is_told_the_person(
    world: World, fields: dict[str, str], number: int
) -> None:
    answer = await (await world.sign_in()).authorize(**fields)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "location" not in answer.headers
    assert f"AADSTS{number}" in answer.text


@pytest.mark.inferred("whatever a client sends stays within one header of the answer")
async def test_nothing_that_was_sent_becomes_a_header(world: World) -> None:
    state = "a\r\nset-cookie: x=y\r\n\r\n<script>"
    answer = await (await world.sign_in()).authorize(state=state)
    assert "set-cookie" not in answer.headers
    assert told(answer)["state"] == state


@pytest.mark.documented("RFC 9700, 4.1.3: a parameter given twice is refused")
async def test_a_parameter_that_is_given_twice_is_refused(world: World) -> None:
    visitor = await world.sign_in()
    twice = f"{AUTHORIZE}?client_id={PHONE}&client_id={PHONE}"
    assert (await visitor.get(twice)).status_code == httpx.codes.BAD_REQUEST


@pytest.mark.documented("identity platform: common and organizations stand for the person's tenant")
async def test_shared_names_and_domains_stand_for_the_tenant(world: World) -> None:
    visitor = await world.sign_in()
    fields = {
        "client_id": PHONE,
        "response_type": "code",
        "redirect_uri": LOOPBACK,
        "scope": "openid",
        **PKCE,
    }
    for name in ("common", "organizations", "small.example"):
        answer = await visitor.get(f"/{name}/oauth2/v2.0/authorize", fields)
        assert told(answer)["iss"] == f"{ORIGIN}/{TENANT}/v2.0"
    unknown = await visitor.get("/nobody.example/oauth2/v2.0/authorize", fields)
    assert unknown.status_code == httpx.codes.BAD_REQUEST


@pytest.mark.documented("AADSTS50105: whoever is not assigned is not admitted")
async def test_an_application_can_admit_only_the_assigned(world: World) -> None:
    visitor = await world.sign_in()
    code = told(await visitor.authorize())["code"]
    await world.change_account(WEB, appRoleAssignmentRequired=True)
    assert (await world.redeem(code)).json()["error_codes"] == [50105]
    await world.change_account(PHONE, appRoleAssignmentRequired=True)
    answer = told(await visitor.authorize(client_id=PHONE, redirect_uri=LOOPBACK, **PKCE))
    assert answer["error_description"].startswith("AADSTS50105")
