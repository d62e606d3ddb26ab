"""Signing out of the provider as well: offered where it has a way, once somebody has left here."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.identity.federation.rogue import CLIENT
from tests.identity.federation.scene import RECORD, Scene, open_scene
from tests.support.service import TENANT
from tests.support.sheets import Sheet
from timebound.domain.ids import PrincipalId
from timebound.identity.discovery import Place
from timebound.identity.flows import leaving
from timebound.identity.flows.leaving import confirm_leaving, seal_leaving
from timebound.identity.flows.outcomes import Outcome, SendTo, SignedOut, WayOut
from timebound.identity.flows.visits import Visit
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.pages.kit import PageVisit
from timebound.identity.pages.outcomes import show_outcome
from timebound.identity.pages.parts import open_pages
from timebound.outgoing.contracts import FetchFault

pytestmark = pytest.mark.documented("OpenID Connect RP-Initiated Logout 1.0, 2.1")
END = "https://idp.example/realm/end"
WAY = WayOut("Works", f"{END}?client_id={CLIENT}")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A browser in which somebody signs in with a provider that has a way to sign out."""
    async with open_scene(tmp_path) as opened:
        opened.rogue.describe(end_session_endpoint=END)
        know(opened, IssuerKeys(opened.rogue))
        yield opened


def know(scene: Scene, issuers: IssuerKeys | None) -> None:
    """From now on metadata is read that way."""
    granting = replace(scene.flows.granting, issuers=issuers)
    scene.flows = replace(scene.flows, granting=granting)


async def leave(scene: Scene, target: str = "") -> Outcome:
    """Whoever is signed in says that they mean to sign out."""
    present = await scene.present()
    assert present is not None
    ctx = seal_leaving(scene.flows, RECORD.id, present.user.id, target)
    interaction = scene.flows.interactions.open(ctx, RECORD.id)
    assert interaction is not None
    visit = Visit(Place(RECORD, TENANT), scene.origin, dict(scene.cookies), {})
    outcome = await confirm_leaving(scene.flows, visit, interaction)
    assert await scene.present() is None
    return outcome


async def test_who_came_from_a_provider_is_told_how_to_leave_it(scene: Scene) -> None:
    await scene.sign_in()
    outcome = await leave(scene)
    assert isinstance(outcome, SignedOut)
    assert outcome.elsewhere == WAY
    pages = open_pages(scene.flows, scene.upstream, scene.service.parts.master)
    visit = PageVisit(Visit(Place(RECORD, TENANT), scene.origin, {}, {}))
    page = Sheet(bytes(show_outcome(pages, visit, outcome).body).decode())
    assert "You are signed out" in page.words
    assert page.links["Sign out of Works"] == WAY.url
    plain = Sheet(bytes(show_outcome(pages, visit, SignedOut()).body).decode())
    assert not plain.links


async def test_who_goes_on_to_a_client_is_sent_there(scene: Scene) -> None:
    await scene.sign_in()
    outcome = await leave(scene, "https://app.example/bye")
    assert isinstance(outcome, SendTo)
    assert outcome.url == "https://app.example/bye"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"end_session_endpoint": "http://idp.example/end"},
        {"end_session_endpoint": "javascript:"},
    ],
)
async def test_a_provider_without_a_way_is_not_offered(
    scene: Scene, told: Mapping[str, Any]
) -> None:
    scene.rogue.describe(**told)
    await scene.sign_in()
    assert elsewhere_of(await leave(scene)) is None


async def test_who_signed_in_here_is_sent_nowhere_else(scene: Scene) -> None:
    await scene.sign_in()
    first = await scene.present()
    assert first is not None
    store, name = scene.service.parts.store, first.user.user_principal_name
    record = await store.find_user(RECORD.id, name or "")
    assert record is not None
    begun = await scene.flows.sessions.start(scene.journey.browser, record, ("pwd",))
    scene.keep(SendTo("", (begun.cookie,)))
    assert await store.list_links(RECORD.id, PrincipalId(record.owner.id)), "though they could"
    assert elsewhere_of(await leave(scene)) is None


@dataclass(slots=True)
class _Silent:
    """A source of documents that never answers."""

    async def fetch_json(self, _url: str) -> Mapping[str, Any] | FetchFault:
        await asyncio.Event().wait()
        raise AssertionError

    async def fetch_newer(self, url: str, than: timedelta) -> Mapping[str, Any] | FetchFault:
        assert than
        return await self.fetch_json(url)


@pytest.mark.parametrize("is_silent", [True, False])
async def test_nobody_waits_long_for_a_provider(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, is_silent: bool
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", timedelta())
    await scene.sign_in()
    know(scene, IssuerKeys(_Silent()) if is_silent else None)
    assert elsewhere_of(await leave(scene)) is None


def elsewhere_of(outcome: Outcome) -> WayOut | None:
    """What is offered."""
    assert isinstance(outcome, SignedOut)
    return outcome.elsewhere
