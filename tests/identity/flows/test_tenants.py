"""Several tenants behind one service: who signs in decides which, and nothing crosses over."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.identity.flows.world import BACK, GUS, LOOPBACK, PHONE, PKCE, Visitor, World, told
from tests.support.service import ORIGIN, TENANT
from timebound.application.changes import ChangeSet, PutObject, PutSecret, PutTenant
from timebound.application.ports import SecretRecord
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.settings import TenantSettings
from timebound.identity.flows.sessions import Browser

OTHER: Final = TenantId("99999999-0000-4000-8000-000000000001")
ZOE: Final = "zoe@other.example"
SHARED: Final = "/common/oauth2/v2.0/authorize"
FIELDS: Final = {
    "client_id": PHONE,
    "response_type": "code",
    "redirect_uri": LOOPBACK,
    "scope": "openid offline_access",
    "state": "s-1",
    **PKCE,
}


async def add_other(world: World) -> SecretRecord:
    """A second tenant, with a person and the same application."""
    at, store = datetime(2026, 1, 1, tzinfo=UTC), world.service.parts.store
    zoe = DirectoryObject(
        PrincipalId("99999999-0000-4000-8000-000000000002"),
        ObjectKind.USER,
        "Zoe",
        at,
        user_principal_name=ZOE,
    )
    account = DirectoryObject(
        PrincipalId("99999999-0000-4000-8000-000000000003"),
        ObjectKind.SERVICE_PRINCIPAL,
        "Phone",
        at,
        app_id=ApplicationId(PHONE),
        attributes={"replyUrls": ("http://localhost",), "isFallbackPublicClient": True},
    )
    tenant = PutTenant("Other", ("other.example",), TenantSettings())
    secret = PutSecret(zoe.id, "password", world.service.parts.hasher.hash("x"))
    writes = (tenant, PutObject(zoe), PutObject(account), secret)
    assert await store.apply(ChangeSet(OTHER, at, {}, frozenset(), writes))
    found = await store.find_user(OTHER, ZOE)
    assert found is not None
    return found


async def sign_zoe_in(world: World, visitor: Visitor) -> None:
    record = await add_other(world)
    browser = Browser(OTHER, ORIGIN, visitor.cookies)
    visitor.take(await world.sessions.start(browser, record, ("pwd",)))


@pytest.mark.documented("identity platform: common sends whoever signs in to their own tenant")
async def test_who_signs_in_decides_the_tenant(world: World) -> None:
    await add_other(world)
    answer = await world.nobody().get(SHARED, FIELDS)
    sent = urlsplit(answer.headers["location"])
    assert sent.path == "/common/login"
    ctx = dict(parse_qsl(sent.query))["ctx"]
    asked = world.interactions.open(ctx, None)
    assert asked is not None
    assert asked.tenant_id is None
    decided = world.interactions.open(ctx, OTHER)
    assert decided is not None
    assert urlsplit(decided.back_in(OTHER)).path == f"/{OTHER}/oauth2/v2.0/authorize"
    silent = await world.nobody().get(SHARED, FIELDS | {"prompt": "none"})
    assert silent.status_code == httpx.codes.BAD_REQUEST


@pytest.mark.documented("identity platform: login_hint and domain_hint tell the tenant")
@pytest.mark.parametrize("hint", [{"login_hint": ZOE}, {"domain_hint": "other.example"}])
async def test_a_hint_tells_the_tenant(world: World, hint: dict[str, str]) -> None:
    visitor = world.nobody()
    await sign_zoe_in(world, visitor)
    fields = told(await visitor.get(SHARED, FIELDS | hint))
    assert fields["iss"] == f"{ORIGIN}/{OTHER}/v2.0"


@pytest.mark.documented("RFC 9700, 4.4: sessions, codes and pages are of one tenant")
async def test_nothing_crosses_over(world: World) -> None:
    visitor = world.nobody()
    await sign_zoe_in(world, visitor)
    there = f"/{OTHER}/oauth2/v2.0/authorize"
    code = told(await visitor.get(there, FIELDS))["code"]
    here = await visitor.authorize(**FIELDS)
    sealed = dict(parse_qsl(urlsplit(here.headers["location"]).query))["ctx"]
    assert world.interactions.open(sealed, TenantId(TENANT)) is not None
    assert world.interactions.open(sealed, OTHER) is None
    form = {
        "grant_type": "authorization_code",
        "client_id": PHONE,
        "code": code,
        "redirect_uri": LOOPBACK,
        "code_verifier": "v" * 43,
    }
    crossed = await world.service.ask_token(form)
    assert crossed.json()["error_codes"] == [70000]
    taken = await world.service.ask_token(form, "common")
    assert taken.status_code == httpx.codes.OK
    refresh = {
        "grant_type": "refresh_token",
        "client_id": PHONE,
        "refresh_token": taken.json()["refresh_token"],
        "scope": "openid",
    }
    assert (await world.service.ask_token(refresh)).json()["error_codes"] == [70000]


@pytest.mark.inferred("a cookie of one tenant is worth nothing under the name of another's")
async def test_a_cookie_cannot_be_renamed(world: World) -> None:
    visitor = await world.sign_in(GUS)
    ((name, secret),) = visitor.cookies.items()
    await add_other(world)
    moved = Visitor(world.service, {name.replace(TENANT, OTHER): secret})
    answer = await moved.get(f"/{OTHER}/oauth2/v2.0/authorize", FIELDS)
    assert urlsplit(answer.headers["location"]).path == f"/{OTHER}/login"


@pytest.mark.documented("AADSTS50011: what one tenant registered is no address of another's")
async def test_addresses_are_those_of_the_tenant(world: World) -> None:
    visitor = world.nobody()
    await sign_zoe_in(world, visitor)
    there = f"/{OTHER}/oauth2/v2.0/authorize"
    refused = await visitor.get(there, FIELDS | {"redirect_uri": BACK})
    assert refused.status_code == httpx.codes.BAD_REQUEST
    assert "location" not in refused.headers
