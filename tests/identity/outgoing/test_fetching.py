"""Documents of others are kept for a while, and read once however many want them."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.identity.outgoing.remote import Remote, call_by, open_remote
from timebound.domain.times import Instant
from timebound.identity.outgoing.fetching import (
    LONGEST_LIFE,
    RETRIED_AFTER,
    SHORTEST_LIFE,
    STALE_LIFE,
    USUAL_LIFE,
    Fetcher,
)
from timebound.outgoing.contracts import FetchFault


@dataclass(slots=True)
class _Watch:
    """A clock that stands where it is set."""

    at: Instant = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> Instant:
        """The instant."""
        return self.at

    def pass_by(self, time: timedelta) -> None:
        """Sets it ahead."""
        self.at += time


_BIT = timedelta(seconds=1)


def _open(remote: Remote) -> tuple[Fetcher, _Watch]:
    watch = _Watch()
    return Fetcher(call_by(remote), watch), watch


async def test_all_who_want_a_document_at_once_share_one_call() -> None:
    async with open_remote() as remote:
        fetcher, _ = _open(remote)
        remote.gate.clear()
        wanting = [asyncio.create_task(fetcher.fetch_json(remote.url())) for _ in range(8)]
        await remote.is_asked.wait()
        # One who goes away does not take it from the others.
        wanting[0].cancel()
        await asyncio.gather(wanting[0], return_exceptions=True)
        remote.gate.set()
        answers = await asyncio.gather(*wanting[1:])
        assert answers == [{}] * 7
        assert len(remote.heard) == 1


async def _life(*headers: str) -> tuple[bool, bool]:
    """Whether it is kept for the usual life, and beyond it."""
    async with open_remote() as remote:
        fetcher, watch = _open(remote)
        remote.say(b"{}", *headers)
        await fetcher.fetch_json(remote.url())
        watch.pass_by(USUAL_LIFE - _BIT)
        await fetcher.fetch_json(remote.url())
        is_kept = len(remote.heard) == 1
        watch.pass_by(2 * _BIT)
        await fetcher.fetch_json(remote.url())
        return is_kept, len(remote.heard) == 1


async def test_a_document_is_kept_as_long_as_it_says_within_bounds() -> None:
    assert await _life() == (True, False)
    assert await _life("cache-control: max-age=7200") == (True, True)
    assert await _life("cache-control: max-age=600") == (False, False)


async def test_what_may_not_be_kept_is_kept_for_the_shortest_while() -> None:
    async with open_remote() as remote:
        fetcher, watch = _open(remote)
        remote.say(b"{}", "cache-control: no-store, max-age=7200")
        await fetcher.fetch_json(remote.url())
        watch.pass_by(SHORTEST_LIFE - _BIT)
        await fetcher.fetch_json(remote.url())
        assert len(remote.heard) == 1
        watch.pass_by(_BIT)
        await fetcher.fetch_json(remote.url())
        assert len(remote.heard) == 2


async def test_nothing_is_kept_for_ever() -> None:
    async with open_remote() as remote:
        fetcher, watch = _open(remote)
        remote.say(b"{}", "cache-control: max-age=999999999")
        await fetcher.fetch_json(remote.url())
        watch.pass_by(LONGEST_LIFE)
        await fetcher.fetch_json(remote.url())
        assert len(remote.heard) == 2


async def test_an_old_document_is_used_for_a_while_where_there_is_no_new_one() -> None:
    async with open_remote() as remote:
        fetcher, watch = _open(remote)
        remote.say(b'{"a": 1}')
        await fetcher.fetch_json(remote.url())
        remote.say(b"{}", status="500 Oops")
        watch.pass_by(USUAL_LIFE)
        assert await fetcher.fetch_json(remote.url()) == {"a": 1}
        watch.pass_by(STALE_LIFE)
        assert isinstance(await fetcher.fetch_json(remote.url()), FetchFault)


async def test_whoever_fails_is_left_alone_for_a_while() -> None:
    async with open_remote() as remote:
        fetcher, watch = _open(remote)
        remote.say(b"{}", status="500 Oops")
        await fetcher.fetch_json(remote.url())
        remote.say(b"{}")
        watch.pass_by(RETRIED_AFTER - _BIT)
        assert isinstance(await fetcher.fetch_json(remote.url()), FetchFault)
        watch.pass_by(_BIT)
        assert await fetcher.fetch_json(remote.url()) == {}


async def test_a_document_is_read_anew_no_more_often_than_asked() -> None:
    async with open_remote() as remote:
        fetcher, watch = _open(remote)
        minute = timedelta(minutes=1)
        for _ in range(5):
            await fetcher.fetch_newer(remote.url(), minute)
        assert len(remote.heard) == 1
        watch.pass_by(minute)
        await fetcher.fetch_newer(remote.url(), minute)
        assert len(remote.heard) == 2


async def test_what_answers_a_form_is_not_kept() -> None:
    async with open_remote() as remote:
        fetcher, _ = _open(remote)
        for _ in range(2):
            assert await fetcher.post_form(remote.url("/token"), {"a": "b"}, "Basic eA==") == {}
        assert len(remote.heard) == 2
        assert remote.heard[0].startswith("POST /token ")
        assert "authorization: Basic eA==" in remote.heard[0]
