"""A provider that issues for many tenants: those that are listed are believed, each for itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from tests.identity.federation.rogue import ISSUER
from tests.identity.federation.scene import PROVIDER, RECORD, Scene, fault_of, open_scene
from tests.identity.outgoing.issuers import RSA, publish
from tests.support.service import id_of
from timebound.identity.federation_rules import Federation
from timebound.identity.flows.outcomes import SendTo
from timebound.identity.problems import Fault

pytestmark = pytest.mark.documented(
    "OpenID Connect on the identity platform: the issuer of common; OpenID Discovery, 4.3"
)
FIRST, SECOND, OTHER = (f"{number}a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e11" for number in range(3))
MANY = f"{ISSUER}/{{tenantid}}/v2.0"
WELL_KNOWN = "/v2.0/.well-known/openid-configuration"
OWN_KEY = RSAKey.generate_key(2048)


def issuer_of(tenant: str) -> str:
    """Who issues for one tenant."""
    return MANY.replace("{tenantid}", tenant)


def believe(scene: Scene, *tenants: str) -> None:
    """From now on the operator lists these tenants."""
    scene.provider = replace(PROVIDER, issuer=MANY, tenants=tenants)
    sessions = replace(scene.flows.sessions, federation=Federation((scene.provider,)))
    scene.flows = replace(scene.flows, sessions=sessions)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A provider for three tenants, of which two are listed; the second has a key of its own."""
    async with open_scene(tmp_path) as opened:
        believe(opened, FIRST, SECOND)
        ends = {
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
        }
        rogue = opened.rogue
        for tenant, key in ((FIRST, RSA), (SECOND, OWN_KEY), (OTHER, RSA)):
            rogue.put_issuer(publish(key, "rsa"), issuer=issuer_of(tenant), **ends)
        shared = {**rogue.by_url[f"{ISSUER}/{FIRST}{WELL_KNOWN}"], "issuer": MANY}
        rogue.by_url[f"{ISSUER}/common{WELL_KNOWN}"] = shared
        rogue.changes = {"iss": issuer_of(FIRST)}
        yield opened


async def test_who_is_of_a_listed_tenant_comes_in(scene: Scene) -> None:
    assert isinstance(await scene.sign_in(), SendTo)
    present = await scene.present()
    assert present is not None
    assert present.user.id == id_of("user", "bob@small.example")
    links = await scene.service.parts.store.list_links(RECORD.id, present.who.user_id)
    assert [(one.issuer, one.subject) for one in links] == [(issuer_of(FIRST), "s1")]


@pytest.mark.parametrize(
    "issuer",
    [issuer_of(OTHER), MANY, issuer_of("common"), issuer_of(f"{FIRST}/"), ISSUER, "", None],
)
async def test_who_is_of_another_does_not(scene: Scene, issuer: str | None) -> None:
    scene.rogue.changes = {"iss": issuer}
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_TOKEN
    assert await scene.present() is None


async def test_each_tenant_has_keys_of_its_own(scene: Scene) -> None:
    scene.rogue.changes = {"iss": issuer_of(SECOND)}
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_TOKEN
    scene.rogue.header = {"key": OWN_KEY}
    assert isinstance(await scene.sign_in(), SendTo)


async def test_one_subject_of_two_tenants_is_two_people(scene: Scene) -> None:
    await scene.sign_in()
    first = await scene.present()
    scene.cookies.clear()
    scene.rogue.changes = {"iss": issuer_of(SECOND), "email": "cyd@small.example"}
    scene.rogue.header = {"key": OWN_KEY}
    scene.change(is_creating=True)
    assert isinstance(await scene.sign_in(), SendTo)
    second = await scene.present()
    assert first is not None
    assert second is not None
    assert first.user.id != second.user.id


@pytest.mark.parametrize("told", [issuer_of(FIRST), issuer_of("common"), ISSUER])
async def test_metadata_for_many_has_to_say_so(scene: Scene, told: str) -> None:
    at = f"{ISSUER}/common{WELL_KNOWN}"
    scene.rogue.by_url[at] = {**scene.rogue.by_url[at], "issuer": told}
    ctx = scene.seal()
    with pytest.raises(AssertionError, match="FEDERATION_UNREACHABLE"):
        await scene.leave(ctx)


async def test_an_answer_of_another_is_not_taken(scene: Scene) -> None:
    for issuer, is_taken in ((issuer_of(OTHER), False), (MANY, False), (issuer_of(SECOND), True)):
        asked = await scene.leave()
        outcome = await scene.come_back(code="code-1", state=asked["state"], iss=issuer)
        assert isinstance(outcome, SendTo) is is_taken, issuer


async def test_a_sign_in_ends_with_the_tenant_that_it_stands_on(scene: Scene) -> None:
    await scene.sign_in()
    assert await scene.present() is not None
    believe(scene, SECOND)
    assert await scene.present() is None
