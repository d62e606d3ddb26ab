"""Tokens of other issuers below the doors: which entry decides, and what is remembered."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.identity.federation.scene import RECORD, Scene, open_scene
from tests.identity.outgoing.issuers import ISSUER, claims, sign
from tests.support.service import DESK, EMPTY, TENANT, id_of
from timebound.application.changes import ChangeSet, PutObject
from timebound.application.tokens import TokenFault
from timebound.domain.authority import Token
from timebound.domain.directory import end_sessions
from timebound.domain.ids import ApplicationId
from timebound.identity.federation.bearers import REMEMBERED_FOR, ForeignBearers, Vouching
from timebound.identity.federation_rules import Federation, PeopleRules, TokenIssuer
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.outgoing.verifying import SKEW

pytestmark = pytest.mark.inferred("issue 3: accepted for the mapped identity and its amr only")
PEOPLE = PeopleRules(match="email", domains=frozenset({"small.example"}))
FIRST = TokenIssuer(TENANT, ISSUER, "api://one", ApplicationId(DESK), people=PEOPLE)
SECOND = TokenIssuer(TENANT, ISSUER, "api://two", ApplicationId(EMPTY), people=PEOPLE)


@dataclass(slots=True)
class Gate:
    """The verifier in front of a scene."""

    scene: Scene
    bearers: ForeignBearers = field(init=False)

    def __post_init__(self) -> None:
        parts = self.scene.service.parts
        self.bearers = ForeignBearers(
            Vouching(
                Federation((), (FIRST, SECOND)),
                IssuerKeys(self.scene.rogue),
                parts.store,
                self.scene.upstream.reception,
                self.scene.later,
                parts.clock,
            )
        )

    def write(self, **changes: object) -> str:
        now = int(self.scene.later.now().timestamp())
        good = {"iat": now, "exp": now + 3600, "aud": "api://one"}
        who = {"email": "bob@small.example", "email_verified": True}
        return sign(claims(**{**good, **who, **changes}))


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    """A gate that nobody has come to."""
    async with open_scene(tmp_path) as scene:
        yield Gate(scene)


@pytest.mark.parametrize(
    ("audience", "application"),
    [("api://one", DESK), ("api://two", EMPTY), (["api://two", "other"], EMPTY)],
)
async def test_the_audience_says_which_application_it_is(
    gate: Gate, audience: object, application: str
) -> None:
    token = await gate.bearers.verify(gate.write(aud=audience))
    assert isinstance(token, Token)
    assert token.application_id == application
    assert token.tenant_id == RECORD.id
    assert token.principal_id == id_of("user", "bob@small.example")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"aud": "api://three"}, TokenFault.WRONG_AUDIENCE),
        ({"exp": 1}, TokenFault.EXPIRED),
        ({"nbf": 4_000_000_000}, TokenFault.NOT_YET_VALID),
        ({"typ": "ID"}, TokenFault.MALFORMED),
        ({"typ": "Refresh"}, TokenFault.MALFORMED),
        ({"token_use": "id"}, TokenFault.MALFORMED),
        ({"sub": None}, TokenFault.MALFORMED),
        ({"email_verified": False}, TokenFault.WRONG_ISSUER),
        ({"email": "boss@small.example"}, TokenFault.WRONG_ISSUER),
        ({"email": "ida@small.example"}, TokenFault.WRONG_ISSUER),
    ],
)
async def test_what_is_no_such_token_is_told(
    gate: Gate, changes: Mapping[str, Any], fault: TokenFault
) -> None:
    assert await gate.bearers.verify(gate.write(**changes)) is fault


async def test_nothing_but_who_it_is_is_read(gate: Gate) -> None:
    said = {
        "roles": ["RoleManagement.ReadWrite.Directory"],
        "scp": "Directory.ReadWrite.All",
        "scope": "Directory.ReadWrite.All",
        "wids": ["62e90394-69f5-4237-9190-012177145e10"],
        "tid": "99999999-0000-4000-8000-000000000001",
        "oid": id_of("user", "boss@small.example"),
        "upn": "boss@small.example",
        "idtyp": "app",
        "appid": EMPTY,
        "acrs": ["c1"],
        "xms_cc": ["cp1"],
        "amr": ["mfa"],
        "groups": ["x"],
    }
    plain = await gate.bearers.verify(gate.write())
    assert isinstance(plain, Token)
    again = await gate.bearers.verify(gate.write(**said))
    assert isinstance(again, Token)
    assert replace(again, issued_at=plain.issued_at) == plain
    assert not plain.sign_in.has_mfa
    assert not plain.sign_in.contexts


async def test_tokens_of_others_are_left_to_others(gate: Gate) -> None:
    for token in ("", "a.b.c", "opaque", gate.write(iss="https://other.example")):
        assert await gate.bearers.verify(token) is None
    assert not gate.scene.rogue.asked


async def test_it_is_remembered_for_a_minute_and_not_beyond_the_end(gate: Gate) -> None:
    token = gate.write()
    assert isinstance(await gate.bearers.verify(token), Token)
    gate.scene.rogue.by_url.clear()
    assert isinstance(await gate.bearers.verify(token), Token)
    gate.scene.later.ahead = REMEMBERED_FOR
    assert await gate.bearers.verify(token) is TokenFault.UNKNOWN_KEY


async def test_who_is_nobody_here_is_remembered_as_well(gate: Gate) -> None:
    token = gate.write(email="boss@small.example")
    assert await gate.bearers.verify(token) is TokenFault.WRONG_ISSUER
    gate.scene.rogue.by_url.clear()
    assert await gate.bearers.verify(token) is TokenFault.WRONG_ISSUER
    gate.scene.later.ahead = REMEMBERED_FOR
    assert await gate.bearers.verify(token) is TokenFault.UNKNOWN_KEY


async def test_what_is_remembered_ends_with_the_token(gate: Gate) -> None:
    end = int(gate.scene.later.now().timestamp()) + 30
    token = gate.write(exp=end)
    assert isinstance(await gate.bearers.verify(token), Token)
    gate.scene.later.ahead = REMEMBERED_FOR / 2
    assert await gate.bearers.verify(token) is TokenFault.EXPIRED


async def test_what_was_issued_before_sessions_were_ended_counts_no_more(gate: Gate) -> None:
    store, now = gate.scene.service.parts.store, gate.scene.later.now()
    at = int(now.timestamp())
    gate.scene.later.ahead = 2 * SKEW
    old, bare, new = [await gate.bearers.verify(gate.write(iat=n)) for n in (at - 60, 0, at + 61)]
    assert isinstance(old, Token)
    assert isinstance(bare, Token)
    assert isinstance(new, Token)

    async def counts() -> list[bool]:
        return [(await store.load_caller(one, now)).is_enabled for one in (old, bare, new)]

    assert await counts() == [True, True, True]
    user = (await store.find_objects(old.tenant_id, [old.principal_id]))[old.principal_id]
    put = PutObject(end_sessions(user, now))
    assert await store.apply(ChangeSet(old.tenant_id, now, {}, frozenset(), (put,)))
    assert await counts() == [False, False, True]


@pytest.mark.parametrize("waited", [timedelta(), SKEW, 10 * SKEW])
@pytest.mark.parametrize("lead", [SKEW, SKEW / 2, timedelta()])
async def test_no_token_gets_past_an_end_by_a_clock_that_is_ahead(
    gate: Gate, lead: timedelta, waited: timedelta
) -> None:
    """It is issued just before the end, and shown when that is over, at once or later."""
    store, now = gate.scene.service.parts.store, gate.scene.later.now()
    told = int((now + lead).timestamp())
    early = gate.write(iat=told)
    gate.scene.later.ahead = waited
    token = await gate.bearers.verify(early)
    assert isinstance(token, Token)
    user = (await store.find_objects(token.tenant_id, [token.principal_id]))[token.principal_id]
    put = PutObject(end_sessions(user, now))
    assert await store.apply(ChangeSet(token.tenant_id, now, {}, frozenset(), (put,)))
    assert not (await store.load_caller(token, now)).is_enabled


async def test_what_is_issued_in_more_time_than_clocks_differ_is_not_taken(gate: Gate) -> None:
    ahead = int((gate.scene.later.now() + SKEW).timestamp()) + 2
    assert await gate.bearers.verify(gate.write(iat=ahead)) is TokenFault.NOT_YET_VALID
