"""Anything sent to the endpoints of sign-ins: never a fault, never a way elsewhere."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.identity.flows.world import BACK, LOOPBACK, PHONE, SPA, WEB, Visitor, World, open_world
from tests.support.service import TENANT

NAMES = [
    *("assertion", "client_id", "client_info", "client_secret", "claims", "code", "code_challenge"),
    *("code_verifier", "code_challenge_method", "device_code", "domain_hint", "grant_type"),
    *("id_token_hint", "login_hint", "max_age", "nonce", "post_logout_redirect_uri", "prompt"),
    *("redirect_uri", "refresh_token", "request", "requested_token_use", "resource"),
    *("response_mode", "response_type", "scope", "state", "token"),
]
NASTY = [
    *("", " ", "none", "login consent", "S256", "plain", "code", "form_post", "fragment", "openid"),
    *("authorization_code", "refresh_token", "device_code", "0", "-1", "9" * 30, "é", "\udcff"),
    *("https://graph.microsoft.com/.default", "api://", "/", "//evil", "https://[", "\r\nx: y"),
    *(f"{TENANT}.x", ".", "{}", "[]", '{"access_token":{"acrs":[]}}', "null", "x" * 3000),
    '{"access_token":{"acrs":{"values":["c1"]}}}',
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:device_code",
    *(WEB, PHONE, SPA, BACK, LOOPBACK, "on_behalf_of", "web-secret-1", "User.Read", "Mail.Read"),
]
VALUES = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12)
PATHS = st.sampled_from(
    [
        *("oauth2/v2.0/authorize", "oauth2/v2.0/token", "oauth2/token", "oauth2/v2.0/logout"),
        *("oauth2/v2.0/devicecode", "adminconsent", "oauth2/v2.0/revoke"),
    ]
)
TENANTS = st.sampled_from([TENANT, "common", "organizations", "small.example", "nobody.example"])


class Playground:
    """A service on a loop of its own, for tests that are no coroutines."""

    def __init__(self, runner: asyncio.Runner, world: World, visitor: Visitor) -> None:
        self.runner = runner
        self.world = world
        self.visitor = visitor

    def send(self, method: str, path: str, fields: dict[str, str]) -> httpx.Response:
        """The answer to what was drawn."""
        text = urlencode(fields, errors="surrogatepass")
        cookie = "; ".join(f"{name}={value}" for name, value in self.visitor.cookies.items())
        headers = {"cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
        client = self.world.service.client
        if method == "POST":
            asking = client.post(path, content=text, headers=headers)
        else:
            asking = client.get(f"{path}?{text}", headers=headers)
        return self.runner.run(asking)


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with asyncio.Runner() as runner:
        opening = open_world(folder)
        world = runner.run(opening.__aenter__())
        yield Playground(runner, world, runner.run(world.sign_in()))
        runner.run(opening.__aexit__(None, None, None))


@pytest.mark.inferred("DESIGN, Errors: bad input gets a precise error, never a 500")
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(method=st.sampled_from(["GET", "POST"]), tenant=TENANTS, path=PATHS, fields=FIELDS)
def test_whatever_is_sent_is_answered(
    playground: Playground, method: str, tenant: str, path: str, fields: dict[str, str]
) -> None:
    answer = playground.send(method, f"/{tenant}/{path}", fields)
    assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, answer.text
    sent_on = answer.headers.get("location")
    if sent_on is not None:
        known = {"", urlsplit(BACK).netloc, urlsplit(LOOPBACK).netloc}
        assert urlsplit(sent_on).netloc in known
        assert not sent_on.startswith("//")


@pytest.mark.inferred("what begins well and goes wrong late is answered as well")
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fields=FIELDS)
def test_a_good_request_with_something_wrong_is_answered(
    playground: Playground, fields: dict[str, str]
) -> None:
    good = {
        "client_id": WEB,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "openid User.Read",
    }
    answer = playground.send("GET", f"/{TENANT}/oauth2/v2.0/authorize", good | fields)
    assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, answer.text
    made = [one.partition("=")[0] for one in answer.headers.get_list("set-cookie")]
    assert set(made) <= {"__Host-timebound-form"}, "a question has a form; nobody is signed in"
