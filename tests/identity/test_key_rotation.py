"""Signing keys that follow one another: published before they sign, believed until all is over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from joserfc import jwt

from tests.support.proving import read_claims
from timebound.application.tokens import Resource, TokenFault, TokenRefusal
from timebound.domain.authority import Token
from timebound.domain.times import Instant
from timebound.identity.keys import ES256, RS256, KeyPair, KeyRing, KeyRules
from timebound.identity.lives import LONGEST_LIFE
from timebound.identity.sealing import KEY_BYTES, MasterKey, SealError
from timebound.identity.verify import BearerVerifier
from timebound.storage.migrating import migrate
from timebound.storage.sqlite import SqliteStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ORIGIN = "https://localhost:8443"
TENANT = "7a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e11"
MASTER = MasterKey(bytes(KEY_BYTES))
CURVES = KeyRules(ES256)
"""Keys that are quickly made; how they follow one another is the same for every algorithm."""


class SetClock:
    """A clock that stands where the test puts it."""

    def __init__(self, at: Instant = NOON) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    path = tmp_path / "timebound.db"
    await asyncio.to_thread(migrate, f"sqlite:///{path}")
    opened = SqliteStore(path)
    await opened.open()
    yield opened
    await opened.close()


async def open_ring(store: SqliteStore, clock: SetClock, rules: KeyRules = CURVES) -> KeyRing:
    ring = KeyRing(store, MASTER, clock, rules)
    await ring.open()
    return ring


def sign(ring: KeyRing, clock: SetClock, life: timedelta = LONGEST_LIFE) -> str:
    """A token as a ring signs it now."""
    now = int(clock.now().timestamp())
    claims = {
        "aud": "https://graph.microsoft.com",
        "iss": f"{ORIGIN}/{TENANT}/v2.0",
        "tid": TENANT,
        "oid": "someone",
        "azp": "something",
        "idtyp": "user",
        "nbf": now,
        "exp": now + int(life.total_seconds()),
        "scp": "User.Read",
    }
    return ring.sign(claims)


async def believes(ring: KeyRing, clock: SetClock, token: str) -> bool | TokenFault:
    judged = await BearerVerifier(ring, clock, [ORIGIN]).verify(f"Bearer {token}", Resource.GRAPH)
    return judged.fault if isinstance(judged, TokenRefusal) else isinstance(judged, Token)


def signer(ring: KeyRing) -> object:
    return ring.published()[0]["kid"]


@pytest.mark.documented("issue: key rotation with overlap")
async def test_a_key_is_published_before_it_signs(store: SqliteStore) -> None:
    clock = SetClock()
    ring = await open_ring(store, clock)
    first = signer(ring)
    made = await ring.rotate(DAY)
    assert [key["kid"] for key in ring.published()] == [first, made.id]
    clock.at = NOON + DAY - SECOND
    assert signer(ring) == first
    clock.at = NOON + DAY
    assert [key["kid"] for key in ring.published()] == [made.id, first]
    assert await believes(ring, clock, sign(ring, clock)) is True


@pytest.mark.documented("issue: key rotation with overlap")
async def test_an_old_key_is_believed_until_its_last_token_has_ended(store: SqliteStore) -> None:
    clock = SetClock(NOON + DAY - SECOND)
    ring = await open_ring(store, SetClock())
    made = await ring.rotate(DAY)
    ring = await open_ring(store, clock)
    old, last = await find_signer(ring), sign(ring, clock)
    clock.at += LONGEST_LIFE - SECOND
    assert await believes(ring, clock, last) is True
    await ring.keep()
    assert len(ring.published()) == 2
    clock.at += HOUR
    assert [key["kid"] for key in ring.published()] == [made.id]
    # A long life does not help a token: its key is known no more.
    claims = {**read_claims(last), "exp": int((NOON + 30 * DAY).timestamp())}
    forged = jwt.encode({"alg": ES256, "kid": old.id}, claims, old.key, algorithms=[ES256])
    assert await believes(ring, clock, forged) is TokenFault.UNKNOWN_KEY
    await ring.keep()
    assert [key.id for key in await store.signing_keys()] == [made.id]


async def find_signer(ring: KeyRing) -> KeyPair:
    pair = await ring.find(str(signer(ring)))
    assert pair is not None
    return pair


@pytest.mark.documented("issue: several servers verify each other's tokens")
async def test_servers_go_on_together_through_a_rotation(store: SqliteStore) -> None:
    clock = SetClock()
    rings = [await open_ring(store, clock) for _ in range(2)]
    await rings[0].rotate(HOUR)
    for _ in range(6):
        for ring, other in (rings, rings[::-1]):
            assert await believes(other, clock, sign(ring, clock)) is True
        clock.at += 30 * timedelta(minutes=1)
        for ring in rings:
            await ring.keep()
    assert signer(rings[0]) == signer(rings[1])


@pytest.mark.documented("issue: several servers verify each other's tokens")
async def test_a_server_that_has_not_learnt_of_a_key_looks_for_it(store: SqliteStore) -> None:
    clock = SetClock()
    ring, other = await open_ring(store, clock), await open_ring(store, clock)
    await ring.rotate(HOUR)
    clock.at += HOUR
    assert signer(ring) != signer(other)
    assert await believes(other, clock, sign(ring, clock)) is True
    assert await believes(ring, clock, sign(other, clock)) is True


@pytest.mark.inferred("a key that somebody else may know is given up with all that it signed")
async def test_a_key_is_replaced_with_all_that_it_signed(store: SqliteStore) -> None:
    clock = SetClock()
    ring, other = await open_ring(store, clock), await open_ring(store, clock)
    await ring.rotate(DAY)
    token = sign(ring, clock)
    verifier = BearerVerifier(other, clock, [ORIGIN])
    assert isinstance(await verifier.verify(f"Bearer {token}", Resource.GRAPH), Token)
    made = await ring.replace()
    assert [key["kid"] for key in ring.published()] == [made.id]
    assert await believes(ring, clock, token) is TokenFault.UNKNOWN_KEY
    # Another server believes it until it looks, though it has remembered the token as good.
    await other.keep()
    judged = await verifier.verify(f"Bearer {token}", Resource.GRAPH)
    assert judged == TokenRefusal(TokenFault.UNKNOWN_KEY)
    assert await believes(other, clock, sign(ring, clock)) is True


@pytest.mark.documented("issue: automatic rotation")
async def test_the_next_key_is_made_in_time(store: SqliteStore) -> None:
    clock, rules = SetClock(), KeyRules(ES256, ahead=DAY, life=10 * DAY)
    ring = await open_ring(store, clock, rules)
    signers = []
    for day in range(32):
        clock.at = NOON + day * DAY
        await ring.keep()
        signers.append(signer(ring))
        assert 1 <= len(ring.published()) <= 2
    changes = [day for day, (one, next_) in enumerate(pairwise(signers), 1) if one != next_]
    assert changes == [10, 20, 30]


@pytest.mark.inferred("a life of `never` leaves the rotation to the operator")
async def test_a_key_without_a_life_signs_for_ever(store: SqliteStore) -> None:
    clock = SetClock()
    ring = await open_ring(store, clock)
    first = signer(ring)
    clock.at += 5000 * DAY
    await ring.keep()
    assert [key["kid"] for key in ring.published()] == [first]


@pytest.mark.inferred("two servers that find a key too old at once may make one each")
async def test_servers_that_rotate_at_once_agree_who_signs(store: SqliteStore) -> None:
    clock, rules = SetClock(), KeyRules(ES256, ahead=DAY, life=10 * DAY)
    rings = [await open_ring(store, clock, rules) for _ in range(3)]
    clock.at += 9 * DAY
    await asyncio.gather(*(ring.keep() for ring in rings))
    clock.at += DAY
    for ring in rings:
        await ring.keep()
    assert len({signer(ring) for ring in rings}) == 1
    for ring in rings:
        assert await believes(rings[0], clock, sign(ring, clock)) is True


@pytest.mark.documented("issue: RS256, ES256 selectable")
async def test_another_algorithm_comes_with_the_next_key(store: SqliteStore) -> None:
    clock = SetClock()
    ring = await open_ring(store, clock, KeyRules(RS256))
    before = sign(ring, clock)
    other = await open_ring(store, clock, KeyRules(ES256))
    await other.follow_rules()
    assert other.algorithms() == [ES256, RS256]
    assert signer(other) == signer(ring)
    clock.at += DAY
    assert other.published()[0]["alg"] == ES256
    assert await believes(ring, clock, sign(other, clock)) is True
    assert await believes(other, clock, before) is TokenFault.EXPIRED


@pytest.mark.documented("RFC 8725, 3.1: the key says how it signs, not the header")
async def test_a_header_does_not_choose_the_algorithm(store: SqliteStore) -> None:
    clock = SetClock()
    ring = await open_ring(store, clock, KeyRules(RS256))
    await (await open_ring(store, clock, KeyRules(ES256))).follow_rules()
    await ring.keep()
    good = sign(ring, clock)
    assert await believes(ring, clock, good) is True
    pairs = {str(one["alg"]): await ring.find(str(one["kid"])) for one in ring.published()}
    for own, other in ((RS256, ES256), (ES256, RS256)):
        pair, signer_of = pairs[other], pairs[own]
        assert pair is not None
        assert signer_of is not None
        header = {"alg": own, "kid": pair.id}
        forged = jwt.encode(header, read_claims(good), signer_of.key, algorithms=[own])
        assert await believes(ring, clock, forged) is TokenFault.MALFORMED


@pytest.mark.inferred("servers with different rules do not outbid one another")
async def test_servers_that_disagree_make_no_more_keys(store: SqliteStore) -> None:
    clock = SetClock()
    rings = [await open_ring(store, clock, KeyRules(one)) for one in (RS256, ES256)]
    for ring in rings:
        await ring.follow_rules()
    for _ in range(5):
        for ring in rings:
            await ring.keep()
    made = await store.signing_keys()
    assert [key.algorithm for key in made].count(ES256) == 1
    assert len(made) <= 3


def read_files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("timebound.db*"))


@pytest.mark.documented("issue: keys are rows encrypted under a master key")
async def test_keys_are_sealed_in_the_database(store: SqliteStore, tmp_path: Path) -> None:
    ring = await open_ring(store, SetClock())
    pair = await find_signer(ring)
    private, content = pair.key.as_der(private=True), read_files(tmp_path)
    assert pair.id.encode() in content
    assert private[-32:] not in content
    stranger = KeyRing(store, MasterKey(b"\x01" * KEY_BYTES), SetClock())
    with pytest.raises(SealError):
        await stranger.open()


@pytest.mark.inferred("what is sealed for one key id cannot stand in the place of another")
async def test_rows_cannot_be_swapped(store: SqliteStore) -> None:
    await open_ring(store, SetClock())
    kept = (await store.signing_keys())[0]
    with pytest.raises(SealError):
        MASTER.unseal("another", kept.sealed)
