"""Who somebody is that comes back from an upstream provider: by what, and by what never."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.identity.federation.scene import RECORD, Scene, fault_of, open_scene
from tests.support.endings import end_sign_ins
from tests.support.service import TENANT, id_of
from timebound.application.queries import Query
from timebound.domain.ids import PrincipalId, TenantId
from timebound.identity.flows.outcomes import SendTo
from timebound.identity.problems import Fault

pytestmark = pytest.mark.documented("OpenID Connect Core, 5.7: claim stability and uniqueness")
PASSWORD = ("pwd", "otp", "mfa")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A browser that nobody is signed in at."""
    async with open_scene(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "yes"},
        {"email": "bob@other.example"},
        {"email": "nobody@small.example"},
        {"email": "bob@small.example@evil.example"},
        {"email": None},
        {"email": ["bob@small.example"]},
        {"email": "bob\0@small.example"},
        # A letter that is made small as the one in whose place it stands.
        {"email": "mi\u212ae@small.example"},
        {"email": "bob@\u017fmall.example"},
        {"email": "boss@small.example"},
    ],
)
async def test_a_name_opens_nothing_that_is_not_certain(
    scene: Scene, changes: dict[str, Any]
) -> None:
    scene.rogue.changes = changes
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_STRANGER
    assert await scene.present() is None


async def test_who_is_disabled_stays_out(scene: Scene) -> None:
    scene.rogue.changes = {"email": "ida@small.example"}
    assert fault_of(await scene.sign_in()) is Fault.USER_DISABLED


@pytest.mark.documented("issue 4: sign-ins, successes and failures with their numbers")
async def test_who_is_kept_out_is_in_the_sign_in_log(scene: Scene) -> None:
    scene.rogue.changes = {"email": "ida@small.example"}
    await scene.sign_in()
    parts = scene.service.parts
    await parts.sign_ins.flush()
    (one,) = (await parts.store.read_sign_ins(TenantId(TENANT), Query(5))).rows
    assert (one.fault, one.methods) == (Fault.USER_DISABLED.number, ("fed",))
    assert one.user_principal_name == "ida@small.example"


async def test_an_address_that_went_to_somebody_else_opens_nothing(scene: Scene) -> None:
    await scene.sign_in()
    scene.cookies = {}
    scene.rogue.changes = {"sub": "s2"}
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_STRANGER
    # Whose it was comes in by their subject, whatever their address is.
    scene.rogue.changes = {"email": "other@elsewhere.example", "email_verified": False}
    assert isinstance(await scene.sign_in(), SendTo)


async def test_a_privileged_account_opens_where_it_is_certain(scene: Scene) -> None:
    scene.rogue.changes = {"email": "boss@small.example"}
    scene.change(is_authoritative=True)
    assert isinstance(await scene.sign_in(), SendTo)
    # It stays linked, also if the operator believes less from now on.
    scene.change(is_authoritative=False)
    assert isinstance(await scene.sign_in(), SendTo)


@pytest.mark.parametrize(
    ("name", "methods", "is_taken"),
    [
        ("boss@small.example", PASSWORD, True),
        ("boss@small.example", ("pwd",), False),
        ("ada@small.example", PASSWORD, False),
    ],
)
async def test_who_has_proved_here_that_the_account_is_theirs_can_link_it(
    scene: Scene, name: str, methods: tuple[str, ...], *, is_taken: bool
) -> None:
    record = await scene.service.parts.store.find_user(RECORD.id, name)
    assert record is not None
    begun = await scene.flows.sessions.start(scene.journey.browser, record, methods)
    scene.keep(SendTo("", (begun.cookie,)))
    scene.rogue.changes = {"email": "boss@small.example"}
    outcome = await scene.sign_in()
    assert isinstance(outcome, SendTo) is is_taken


async def test_who_is_new_is_made_where_the_operator_wants_it(scene: Scene) -> None:
    scene.rogue.changes = {"email": "new@small.example", "roles": ["Global Administrator"]}
    assert fault_of(await scene.sign_in()) is Fault.FEDERATION_STRANGER
    scene.change(is_creating=True)
    assert isinstance(await scene.sign_in(), SendTo)
    present = await scene.present()
    assert present is not None
    assert present.user.user_principal_name == "new@small.example"
    assert present.user.mail == "new@small.example"
    at = scene.service.parts.clock.now()
    store = scene.service.parts.store
    assert await store.effective_role_ids(RECORD.id, present.user.id, at) == ()


async def test_a_sign_in_elsewhere_falls_with_the_account(scene: Scene) -> None:
    await scene.sign_in()
    bob = PrincipalId(id_of("user", "bob@small.example"))
    parts = scene.service.parts
    await end_sign_ins(parts.store, RECORD.id, bob, parts.clock.now())
    assert await scene.present() is None
