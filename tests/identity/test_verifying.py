"""Judging tokens over time, and with keys that come and go: on clocks that the test sets."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from timebound.application.ports import SigningKey
from timebound.application.tokens import Resource, TokenFault, TokenRefusal
from timebound.domain.authority import Token
from timebound.domain.times import Instant
from timebound.identity.keys import KeyRing
from timebound.identity.sealing import KEY_BYTES, MasterKey, SealError
from timebound.identity.verify import BearerVerifier
from timebound.storage.migrating import migrate
from timebound.storage.sqlite import SqliteStore

SECOND = timedelta(seconds=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = "https://localhost:8443"
TENANT = "7a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e11"
MASTER = MasterKey(bytes(KEY_BYTES))


class SetClock:
    """A clock that stands where the test puts it."""

    def __init__(self, at: Instant = NOON) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verifying") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "timebound.db"
    path.write_bytes(template.read_bytes())
    return path


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(database)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def keys(store: SqliteStore, clock: SetClock) -> KeyRing:
    ring = KeyRing(store, MASTER, clock)
    await ring.open()
    return ring


def seconds(at: Instant) -> int:
    return int(at.timestamp())


def claims(**changes: Any) -> Mapping[str, Any]:  # noqa: ANN401 - claims of any kind
    return {
        "aud": "https://graph.microsoft.com",
        "iss": f"{ORIGIN}/{TENANT}/v2.0",
        "tid": TENANT,
        "oid": "someone",
        "azp": "something",
        "nbf": seconds(NOON),
        "exp": seconds(NOON + timedelta(hours=1)),
        "idtyp": "user",
        "scp": "User.Read openid",
        "amr": ["pwd", "mfa"],
        "acrs": ["c1"],
        "xms_cc": ["CP1"],
        **changes,
    }


@pytest.mark.documented("access token claims reference: idtyp, scp, roles, amr, acrs, xms_cc")
async def test_a_token_tells_who_asks_and_how_they_signed_in(
    keys: KeyRing, clock: SetClock
) -> None:
    verifier = BearerVerifier(keys, clock, [ORIGIN])
    token = await verifier.verify(f"Bearer {keys.sign(claims())}", Resource.GRAPH)
    assert isinstance(token, Token)
    assert (token.tenant_id, token.principal_id, token.application_id) == (
        TENANT,
        "someone",
        "something",
    )
    assert token.permissions == {"User.Read", "openid"}
    assert token.sign_in.has_mfa
    assert token.sign_in.contexts == {"c1"}
    assert token.sign_in.has_claims_capability
    assert not token.sign_in.is_application


@pytest.mark.inferred("scopes count in a person's token only, roles in an application's only")
async def test_an_applications_scopes_are_not_looked_at(keys: KeyRing, clock: SetClock) -> None:
    verifier = BearerVerifier(keys, clock, [ORIGIN])
    said = {"idtyp": "app", "roles": ["User.Read.All"], "scp": "Directory.Read.All"}
    token = await verifier.verify(f"Bearer {keys.sign(claims(**said))}", Resource.GRAPH)
    assert isinstance(token, Token)
    assert token.permissions == {"User.Read.All"}
    assert token.sign_in.is_application


@pytest.mark.documented("RFC 7519, 4.1.4: not on or after exp")
async def test_a_token_that_was_believed_ends_on_time(keys: KeyRing, clock: SetClock) -> None:
    verifier = BearerVerifier(keys, clock, [ORIGIN])
    header = f"Bearer {keys.sign(claims())}"
    clock.at = NOON + timedelta(minutes=59, seconds=59)
    assert isinstance(await verifier.verify(header, Resource.GRAPH), Token)
    clock.at = NOON + timedelta(hours=1)
    for _ in range(2):
        assert await verifier.verify(header, Resource.GRAPH) == TokenRefusal(TokenFault.EXPIRED)


@pytest.mark.documented("RFC 7519, 4.1.5: not before nbf, with a few seconds for other clocks")
async def test_a_token_begins_a_minute_early_at_most(keys: KeyRing, clock: SetClock) -> None:
    verifier = BearerVerifier(keys, clock, [ORIGIN])
    header = f"Bearer {keys.sign(claims())}"
    clock.at = NOON - timedelta(seconds=61)
    refusal = TokenRefusal(TokenFault.NOT_YET_VALID)
    assert await verifier.verify(header, Resource.GRAPH) == refusal
    clock.at = NOON - timedelta(seconds=59)
    assert isinstance(await verifier.verify(header, Resource.GRAPH), Token)


@pytest.mark.inferred("what was believed by one API is not for that reason believed by another")
async def test_a_remembered_token_is_still_for_its_own_api(keys: KeyRing, clock: SetClock) -> None:
    verifier = BearerVerifier(keys, clock, [ORIGIN])
    header = f"Bearer {keys.sign(claims())}"
    assert isinstance(await verifier.verify(header, Resource.GRAPH), Token)
    refusal = TokenRefusal(TokenFault.WRONG_AUDIENCE)
    assert await verifier.verify(header, Resource.ARM) == refusal


@pytest.mark.documented("DESIGN: servers share the signing keys in the database")
async def test_a_second_server_believes_what_the_first_has_signed(
    store: SqliteStore, keys: KeyRing, clock: SetClock
) -> None:
    other = KeyRing(store, MASTER, clock)
    await other.open()
    verifier = BearerVerifier(other, clock, [ORIGIN])
    assert isinstance(await verifier.verify(f"Bearer {keys.sign(claims())}", Resource.GRAPH), Token)
    assert other.published() == keys.published()


async def _ring_with_a_newer_key(store: SqliteStore) -> KeyRing:
    """Another server's ring, which signs with a key of its own that it has put into the store."""
    made = RSAKey.generate_key(2048)
    newer = SigningKey(
        "newer", MASTER.seal("newer", made.as_der(private=True)), NOON, "RS256", NOON + SECOND
    )
    await store.add_signing_key(newer)
    ring = KeyRing(store, MASTER, SetClock(NOON + SECOND))
    await ring.open()
    assert next(key["kid"] for key in ring.published()) == "newer"
    return ring


@pytest.mark.inferred("a key that another server has just made is looked for, but not at any rate")
async def test_an_unknown_key_is_looked_for_now_and_then(
    store: SqliteStore, keys: KeyRing, clock: SetClock
) -> None:
    newer = await _ring_with_a_newer_key(store)
    header = f"Bearer {newer.sign(claims())}"
    verifier = BearerVerifier(keys, clock, [ORIGIN])
    refusal = TokenRefusal(TokenFault.UNKNOWN_KEY)
    assert await verifier.verify(header, Resource.GRAPH) == refusal
    clock.at = NOON + timedelta(seconds=10)
    assert isinstance(await verifier.verify(header, Resource.GRAPH), Token)


@pytest.mark.documented("DESIGN: signing keys are encrypted under a master key")
async def test_keys_are_of_no_use_without_the_master_key(
    store: SqliteStore, keys: KeyRing, clock: SetClock
) -> None:
    assert keys.published()
    kept = (await store.signing_keys())[0]
    with pytest.raises(SealError):
        await KeyRing(store, MasterKey(bytes([1] * KEY_BYTES)), clock).open()
    with pytest.raises(SealError):
        MASTER.unseal("another name", kept.sealed)
    with pytest.raises(SealError):
        MASTER.unseal(kept.id, kept.sealed[:-1])
    assert MASTER.unseal(kept.id, kept.sealed) not in kept.sealed
