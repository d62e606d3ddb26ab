"""A single call to somebody else that is answered by a JSON object."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from timebound.identity.outgoing.freshness import read_life
from timebound.outgoing.calling import Answer, Ask, GuardedCaller
from timebound.outgoing.contracts import FetchFault, FetchProblem, write_origin

LARGEST_ANSWER: Final = 512 * 1024
_ACCEPT: Final = {"accept": "application/json"}
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that is good, and for how long whoever gave it says that it holds."""

    content: Mapping[str, Any]
    holds_for: timedelta | None


@dataclass(frozen=True, slots=True)
class Caller(GuardedCaller):
    """Makes single calls under the rules, with no memory, and takes JSON alone."""

    async def get(self, url: str) -> Fetched | FetchFault:
        """What is at a URL."""
        return await self._read_json(Ask("GET", url, _ACCEPT, largest=LARGEST_ANSWER))

    async def post(
        self, url: str, form: Mapping[str, str], authorization: str | None
    ) -> Fetched | FetchFault:
        """What answers a form."""
        headers = {**_ACCEPT, **_FORM}
        if authorization is not None:
            headers["authorization"] = authorization
        content = urlencode(form).encode()
        return await self._read_json(Ask("POST", url, headers, content, LARGEST_ANSWER))

    async def _read_json(self, ask: Ask) -> Fetched | FetchFault:
        answer = await self.call(ask)
        if isinstance(answer, FetchFault):
            return answer
        origin = write_origin(ask.url) or ""
        problem = _judge_head(answer)
        if problem is not None:
            return FetchFault(problem, origin, answer.status)
        if answer.content is None:
            return FetchFault(FetchProblem.TOO_LARGE, origin)
        document = _decode(answer.content)
        if document is None:
            return FetchFault(FetchProblem.NOT_JSON, origin)
        return Fetched(document, read_life(answer.headers.get("cache-control")))


def _judge_head(answer: Answer) -> FetchProblem | None:
    if answer.is_redirect:
        return FetchProblem.REDIRECTED
    if not answer.is_success:
        return FetchProblem.BAD_STATUS
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    is_plain = answer.headers.get("content-encoding", "identity").lower() == "identity"
    return None if is_json and is_plain else FetchProblem.NOT_JSON


def _decode(content: bytes) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None
