"""A sign-in elsewhere stands on its link: that forgotten, or the provider gone, all of it ends."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.identity.federation.rogue import ISSUER
from tests.identity.federation.scene import PROVIDER, RECORD, Scene, open_scene
from tests.support.service import DESK, ORIGIN
from timebound.application.changes import (
    ChangeSet,
    PutIdentityLink,
    PutSecret,
    RemoveIdentityLink,
    Write,
)
from timebound.application.sign_in_ports import OnceKind
from timebound.domain.ids import PrincipalId
from timebound.identity.discovery import Place
from timebound.identity.federation_rules import Federation
from timebound.identity.flows.families import LIFE, Terms, make_family, make_once
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.refreshing import refresh_tokens
from timebound.identity.flows.sessions import Browser
from timebound.identity.granting import Ask
from timebound.identity.issuing import read_wish
from timebound.identity.problems import Fault, Refusal

pytestmark = pytest.mark.documented("ASVS 5.0, V7.6 and V7.4: a sign-in ends with its ground")
ENDS = ("link", "other", "provider", "tenant")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A browser in which somebody has signed in elsewhere."""
    async with open_scene(tmp_path) as opened:
        await opened.sign_in()
        assert await opened.present() is not None
        yield opened


async def write(scene: Scene, *writes: Write) -> None:
    change = ChangeSet(RECORD.id, scene.service.parts.clock.now(), {}, frozenset(), writes)
    assert await scene.service.parts.store.apply(change)


async def end(scene: Scene, way: str) -> Flows:
    """Takes the ground of the sign-in away; answers the flows that know of it."""
    present = await scene.present()
    assert present is not None
    user_id, providers = PrincipalId(present.user.id), [PROVIDER]
    if way in {"link", "other"}:
        await write(scene, RemoveIdentityLink(ISSUER, user_id))
    if way == "other":
        # Somebody else there is the person from now on.
        await write(scene, PutIdentityLink(ISSUER, "somebody else", user_id))
    if way == "provider":
        providers = [replace(PROVIDER, issuer="https://other.example")]
    if way == "tenant":
        providers = [replace(PROVIDER, tenant="elsewhere.example")]
    sessions = replace(scene.flows.sessions, federation=Federation(providers))
    return replace(scene.flows, sessions=sessions)


def browser(scene: Scene) -> Browser:
    return Browser(RECORD.id, ORIGIN, scene.cookies)


@pytest.mark.parametrize("way", ENDS)
async def test_a_session_ends_with_its_ground(scene: Scene, way: str) -> None:
    flows = await end(scene, way)
    assert await flows.sessions.find(browser(scene)) is None


async def refreshed(scene: Scene, flows: Flows, ticket: str) -> Fault | None:
    form = {"client_id": DESK, "refresh_token": ticket}
    answer = await refresh_tokens(flows, Ask(Place(RECORD, RECORD.id), ORIGIN, form))
    assert isinstance(answer, Refusal) or answer["access_token"], scene
    return answer.fault if isinstance(answer, Refusal) else None


async def given(scene: Scene) -> str:
    """A refresh token that came of the sign-in."""
    form = {"client_id": DESK, "scope": "User.Read offline_access"}
    granting = scene.flows.granting
    wish = await read_wish(granting, Ask(Place(RECORD, RECORD.id), ORIGIN, form), RECORD)
    present = await scene.present()
    assert not isinstance(wish, Refusal)
    assert present is not None
    family = make_family(scene.flows, wish.client, present.who)
    terms = Terms("User.Read offline_access", is_public=True)
    ticket, once = make_once(scene.flows, family, OnceKind.REFRESH, terms, LIFE)
    await granting.store.add_family(family, once)
    return ticket


@pytest.mark.parametrize("way", ENDS)
async def test_refresh_tokens_end_with_their_ground(scene: Scene, way: str) -> None:
    ticket = await given(scene)
    flows = await end(scene, way)
    assert await refreshed(scene, flows, ticket) is Fault.GRANT_REVOKED


async def test_they_are_renewed_while_it_stands(scene: Scene) -> None:
    ticket = await given(scene)
    # Another link, to somebody whom nobody has signed in as, changes nothing.
    present = await scene.present()
    assert present is not None
    link = PutIdentityLink("https://third.example", "s", PrincipalId(present.user.id))
    await write(scene, link)
    assert await refreshed(scene, scene.flows, ticket) is None


async def test_a_password_of_their_own_keeps_the_session_and_its_ground(scene: Scene) -> None:
    present = await scene.present()
    assert present is not None
    await write(scene, PutSecret(PrincipalId(present.user.id), "password", "a hash"))
    assert await scene.present() is None
    record = await scene.service.parts.store.find_user(
        RECORD.id, present.user.user_principal_name or ""
    )
    assert record is not None
    begun = await scene.flows.sessions.renew(browser(scene), present, record)
    name, _, value = begun.cookie.partition(";")[0].partition("=")
    scene.cookies[name] = value
    assert await scene.present() is not None
    flows = await end(scene, "link")
    assert await flows.sessions.find(browser(scene)) is None


async def test_a_sign_in_elsewhere_of_which_no_ground_is_known_does_not_stand(
    scene: Scene,
) -> None:
    record = await scene.service.parts.store.find_user(RECORD.id, "bob@small.example")
    assert record is not None
    begun = await scene.flows.sessions.start(browser(scene), record, ("fed",))
    name, _, value = begun.cookie.partition(";")[0].partition("=")
    scene.cookies[name] = value
    assert await scene.present() is None
