"""Sessions of browsers: begun, seen again, strengthened, ended, and fallen with a password."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.service import ORIGIN, TENANT, Service, emulator, id_of, open_service
from timebound.application.changes import TENANT as TENANT_KEY
from timebound.application.changes import ChangeSet, PutObject, PutTenant
from timebound.application.ports import Clock, SecretRecord
from timebound.domain.ids import TenantId
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.sessions import Browser, Sessions
from timebound.identity.lives import choose_session_lives

HOUR = timedelta(hours=1)
BARE = Browser(TenantId(TENANT), ORIGIN, {})


@dataclass(slots=True)
class Later:
    """The system's clock, some time ahead."""

    clock: Clock
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> Instant:
        return self.clock.now() + self.ahead


@dataclass(slots=True)
class Desk:
    """Sessions of an open service, and the clock they live by."""

    service: Service
    sessions: Sessions
    later: Later

    async def ada(self) -> SecretRecord:
        found = await self.service.parts.store.find_user(BARE.tenant_id, "ada@small.example")
        assert found is not None
        return found

    async def set(self, **changes: timedelta) -> None:
        """Gives the tenant other settings."""
        store, tenant_id = self.service.parts.store, BARE.tenant_id
        tenant = await store.find_tenant(tenant_id)
        assert tenant is not None
        given: dict[str, Any] = dict(changes)
        new = replace(await store.load_settings(tenant_id), **given)
        put = PutTenant(tenant.display_name, tenant.domains, new)
        at = self.later.now()
        assert await store.apply(ChangeSet(tenant_id, at, {}, frozenset({TENANT_KEY}), (put,)))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_service(emulator(tmp_path)) as service:
        later = Later(service.parts.system)
        sessions = Sessions(service.parts.store, Marks(b"k" * 32), later)
        yield Desk(service, sessions, later)


def showing(cookie: str) -> Browser:
    name, _, secret = cookie.partition(";")[0].partition("=")
    return replace(BARE, cookies={name: secret})


@pytest.mark.documented("RFC 6265bis, 4.1.3: __Host- cookies; ASVS 5.0, V3.3, V7")
async def test_a_cookie_is_for_this_host_and_no_script(desk: Desk) -> None:
    begun = await desk.sessions.start(BARE, await desk.ada(), ("pwd",))
    name, *attributes = begun.cookie.split("; ")
    assert name.startswith(f"__Host-timebound-{TENANT}=")
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
    plain = replace(BARE, origin="http://localhost:80")
    begun = await desk.sessions.start(plain, await desk.ada(), ("pwd",))
    assert begun.cookie.startswith(f"timebound-{TENANT}=")
    assert "Secure" not in begun.cookie


@pytest.mark.inferred("a session is known by a secret that only its browser has")
async def test_a_session_is_found_by_its_secret_alone(desk: Desk) -> None:
    begun = await desk.sessions.start(BARE, await desk.ada(), ("pwd",))
    found = await desk.sessions.find(showing(begun.cookie))
    assert found is not None
    assert (found.user.id, found.who.methods) == (id_of("user", "ada@small.example"), ("pwd",))
    assert await desk.sessions.find(BARE) is None
    wrong = showing(begun.cookie.replace("=", "=x", 1))
    assert await desk.sessions.find(wrong) is None
    kept = showing(begun.cookie)
    stranger = replace(kept, tenant_id=TenantId("other"))
    assert await desk.sessions.find(stranger) is None
    assert kept.secret not in found.session.key


@pytest.mark.documented("ASVS 5.0, V7.2.4: signing in and stepping up make a new secret")
async def test_a_step_up_changes_the_secret(desk: Desk) -> None:
    begun = await desk.sessions.start(BARE, await desk.ada(), ("pwd",))
    old = showing(begun.cookie)
    stronger = await desk.sessions.strengthen(old, begun.present, ("otp", "mfa"))
    assert await desk.sessions.find(old) is None
    found = await desk.sessions.find(showing(stronger.cookie))
    assert found is not None
    assert found.who.methods == ("pwd", "otp", "mfa")
    assert found.who.at == begun.present.who.at


@pytest.mark.documented("ASVS 5.0, V7.2.4: no session outlives another sign-in in its browser")
async def test_a_new_sign_in_ends_the_one_before(desk: Desk) -> None:
    begun = await desk.sessions.start(BARE, await desk.ada(), ("pwd",))
    old = showing(begun.cookie)
    again = await desk.sessions.start(old, await desk.ada(), ("pwd",))
    assert await desk.sessions.find(old) is None
    assert await desk.sessions.find(showing(again.cookie)) is not None


@pytest.mark.inferred("signing out ends the session on the server, not only in the browser")
async def test_a_session_is_ended(desk: Desk) -> None:
    begun = await desk.sessions.start(BARE, await desk.ada(), ("pwd",))
    browser = showing(begun.cookie)
    assert "Max-Age=0" in await desk.sessions.end(browser)
    assert await desk.sessions.find(browser) is None


@pytest.mark.documented("ASVS 5.0, V7.3: an end when idle, and an absolute one")
@pytest.mark.parametrize("is_remembered", [False, True])
async def test_a_session_ends_idle_or_absolutely(desk: Desk, *, is_remembered: bool) -> None:
    lives = choose_session_lives(TenantSettings(), is_remembered=is_remembered)
    record = await desk.ada()
    begun = await desk.sessions.start(BARE, record, ("pwd",), is_remembered=is_remembered)
    browser = showing(begun.cookie)
    assert ("Max-Age" in begun.cookie) is is_remembered
    busy = lives.idle - timedelta(minutes=5)
    desk.later.ahead = busy
    assert await desk.sessions.find(browser) is not None
    desk.later.ahead = busy + lives.idle - timedelta(minutes=5)
    assert await desk.sessions.find(browser) is not None
    desk.later.ahead = busy * 2 + lives.idle
    assert await desk.sessions.find(browser) is None


@pytest.mark.documented("ASVS 5.0, V7.3: the ends are those that the tenant has set")
@pytest.mark.parametrize("is_remembered", [False, True])
async def test_a_tenant_sets_how_long_sessions_last(desk: Desk, *, is_remembered: bool) -> None:
    kind = "remembered" if is_remembered else "session"
    record = await desk.ada()
    early = await desk.sessions.start(BARE, record, ("pwd",), is_remembered=is_remembered)
    await desk.set(**{f"{kind}_idle": HOUR, f"{kind}_life": 2 * HOUR})
    begun = await desk.sessions.start(BARE, record, ("pwd",), is_remembered=is_remembered)
    browser, before = showing(begun.cookie), showing(early.cookie)
    assert ("Max-Age=7200" in begun.cookie or "Max-Age=7199" in begun.cookie) is is_remembered
    assert await desk.sessions.find(before) is not None
    for minutes, is_there in ((50, True), (100, True), (119, True), (121, False)):
        desk.later.ahead = timedelta(minutes=minutes)
        assert (await desk.sessions.find(browser) is not None) is is_there
    # What was there before is idle after as long, from its next use on.
    assert await desk.sessions.find(before) is None


@pytest.mark.documented("ASVS 5.0, V7.4: sessions fall with the password, and of the disabled")
async def test_sessions_of_the_disabled_and_of_old_passwords_count_no_more(desk: Desk) -> None:
    record = await desk.ada()
    begun = await desk.sessions.start(BARE, record, ("pwd",))
    other = replace(record, hashes=("another",))
    renewed = await desk.sessions.renew(BARE, begun.present, other)
    assert await desk.sessions.find(showing(renewed.cookie)) is None
    browser = showing(begun.cookie)
    assert await desk.sessions.find(browser) is not None
    store = desk.service.parts.store
    disabled = PutObject(replace(record.owner, is_enabled=False))
    at = desk.later.now()
    assert await store.apply(ChangeSet(BARE.tenant_id, at, {}, frozenset(), (disabled,)))
    assert await desk.sessions.find(browser) is None
