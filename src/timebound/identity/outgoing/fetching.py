"""Reading documents of others through what was read a while ago."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from timebound.application.ports import Clock
from timebound.domain.times import Instant
from timebound.identity.outgoing.calling import Caller, Fetched
from timebound.outgoing.contracts import FetchFault

SHORTEST_LIFE: Final = timedelta(minutes=5)
USUAL_LIFE: Final = timedelta(hours=1)
LONGEST_LIFE: Final = timedelta(hours=24)
STALE_LIFE: Final = timedelta(hours=1)
"""How long an answer is used beyond its life while a new one cannot be had."""
RETRIED_AFTER: Final = timedelta(seconds=15)
"""How long a failure is remembered: whoever cannot answer is left alone."""
MOST_KEPT: Final = 256
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read, and until when it is taken without asking, and at the latest."""

    content: Mapping[str, Any] | FetchFault
    read_at: Instant
    fresh_until: Instant
    stale_until: Instant


class Fetcher:
    """Reads each document once for all who want it at the same time, and keeps it a while."""

    def __init__(self, caller: Caller, clock: Clock) -> None:
        self._caller = caller
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._reading: dict[str, asyncio.Task[Mapping[str, Any] | FetchFault]] = {}

    async def fetch_json(self, url: str) -> Mapping[str, Any] | FetchFault:
        """The JSON object at a URL, which may have been read a while ago."""
        kept = self._kept.get(url)
        if kept is not None and self._clock.now() < kept.fresh_until:
            return kept.content
        return await self._read_once(url)

    async def fetch_newer(self, url: str, than: timedelta) -> Mapping[str, Any] | FetchFault:
        """The JSON object at a URL, read no longer ago than this."""
        kept = self._kept.get(url)
        if kept is not None and self._clock.now() < kept.read_at + than:
            return kept.content
        return await self._read_once(url)

    async def post_form(
        self, url: str, form: Mapping[str, str], authorization: str | None = None
    ) -> Mapping[str, Any] | FetchFault:
        """The JSON object that answers a form; nothing of it is kept."""
        answer = await self._caller.post(url, form, authorization)
        if isinstance(answer, FetchFault):
            _tell(answer)
            return answer
        return answer.content

    async def _read_once(self, url: str) -> Mapping[str, Any] | FetchFault:
        task = self._reading.get(url)
        if task is None:
            task = asyncio.create_task(self._read(url))
            self._reading[url] = task
            task.add_done_callback(lambda _: self._reading.pop(url, None))
        # Whoever goes away does not take it from the others.
        return await asyncio.shield(task)

    async def _read(self, url: str) -> Mapping[str, Any] | FetchFault:
        answer = await self._caller.get(url)
        now = self._clock.now()
        kept = _keep(answer, now)
        if isinstance(answer, FetchFault):
            _tell(answer)
            before = self._kept.get(url)
            if before is not None and now < before.stale_until:
                retried = min(now + RETRIED_AFTER, before.stale_until)
                kept = _Kept(before.content, now, retried, before.stale_until)
        self._kept[url] = kept
        self._kept.move_to_end(url)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept.content


def _keep(answer: Fetched | FetchFault, now: Instant) -> _Kept:
    if isinstance(answer, FetchFault):
        return _Kept(answer, now, now + RETRIED_AFTER, now)
    told = USUAL_LIFE if answer.holds_for is None else answer.holds_for
    fresh_until = now + min(max(told, SHORTEST_LIFE), LONGEST_LIFE)
    return _Kept(answer.content, now, fresh_until, fresh_until + STALE_LIFE)


def _tell(fault: FetchFault) -> None:
    _log.warning(
        "an outgoing call failed",
        origin=fault.origin,
        problem=fault.problem.name.lower(),
        status=fault.status,
    )
