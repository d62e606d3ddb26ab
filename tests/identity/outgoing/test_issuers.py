"""The keys of other issuers: read once, and anew for a key that is not known, but not at will."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.identity.outgoing.issuers import RSA, publish
from tests.identity.outgoing.remote import Remote, call_by, open_remote
from timebound.domain.times import Instant
from timebound.identity.outgoing.fetching import Fetcher
from timebound.identity.outgoing.issuers import READ_AGAIN_AFTER, IssuerKeys, WrongIssuer
from timebound.outgoing.contracts import FetchFault

pytestmark = pytest.mark.documented("OpenID Connect Core, 10.1.1; OpenID Connect Discovery, 4.3")
_BIT = timedelta(seconds=1)


@dataclass(slots=True)
class _Watch:
    """A clock that stands where it is set."""

    at: Instant = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> Instant:
        """The instant."""
        return self.at


def _publish(remote: Remote, *kids: str, issuer: str | None = None) -> str:
    """One document that is both the metadata and the keys; answers the issuer."""
    known = issuer or remote.url("")
    document = {
        "issuer": known,
        "jwks_uri": remote.url("/keys"),
        "keys": [publish(RSA, kid) for kid in kids],
    }
    remote.say(msgspec.json.encode(document))
    return known


def _asked_keys(remote: Remote) -> int:
    return len([head for head in remote.heard if head.startswith("GET /keys ")])


async def test_a_new_key_is_found_and_an_unknown_one_costs_no_call_each_time() -> None:
    async with open_remote() as remote:
        watch = _Watch()
        keys = IssuerKeys(Fetcher(call_by(remote), watch))
        issuer = _publish(remote, "one")
        assert await keys.find_key(issuer, "one", "RS256") is not None
        _publish(remote, "one", "two")
        watch.at += READ_AGAIN_AFTER
        assert await keys.find_key(issuer, "two", "RS256") is not None
        assert _asked_keys(remote) == 2
        for turn in range(20):
            assert await keys.find_key(issuer, f"made-up-{turn}", "RS256") is None
        watch.at += READ_AGAIN_AFTER - _BIT
        assert await keys.find_key(issuer, "made-up", "RS256") is None
        assert _asked_keys(remote) == 2
        watch.at += _BIT
        assert await keys.find_key(issuer, "made-up", "RS256") is None
        assert _asked_keys(remote) == 3


async def test_known_keys_stay_while_the_issuer_is_away() -> None:
    async with open_remote() as remote:
        watch = _Watch()
        keys = IssuerKeys(Fetcher(call_by(remote), watch))
        issuer = _publish(remote, "one")
        assert await keys.find_key(issuer, "one", "RS256") is not None
        remote.say(b"{}", status="503 Away")
        watch.at += READ_AGAIN_AFTER
        assert await keys.find_key(issuer, "two", "RS256") is None
        assert await keys.find_key(issuer, "one", "RS256") is not None


async def test_metadata_has_to_be_of_the_issuer_that_was_asked() -> None:
    async with open_remote() as remote:
        keys = IssuerKeys(Fetcher(call_by(remote), _Watch()))
        for told in ("https://evil.example", remote.url("/"), remote.url("").upper()):
            _publish(remote, "one", issuer=told)
            fresh = IssuerKeys(Fetcher(call_by(remote), _Watch()))
            assert isinstance(await fresh.find_key(remote.url(""), "one", "RS256"), WrongIssuer)
        assert isinstance(
            await keys.find_key("https://nowhere.example", "one", "RS256"), FetchFault
        )
