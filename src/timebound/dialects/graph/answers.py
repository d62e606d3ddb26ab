"""Answers and errors in the published envelopes.

The headers `request-id` and `client-request-id` are added to every answer at the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec
from starlette.types import Send

from timebound.dialects.graph.call import Answer
from timebound.dialects.graph.refusals import GraphError
from timebound.domain.times import Instant

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

_COMMON: Final[Headers] = ((b"odata-version", b"4.0"), (b"cache-control", b"no-cache"))
_MINIMAL: Final = (
    b"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"
    b";charset=utf-8"
)
_SHORT: Final[Headers] = (*_COMMON, (b"content-type", _MINIMAL))
_BARE: Final[Headers] = (*_COMMON, (b"content-type", _MINIMAL.replace(b"minimal", b"none")))
_ERROR: Final[Headers] = (*_COMMON, (b"content-type", b"application/json"))
_CONTEXT: Final = "@odata.context"
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP: a status, headers, and a body if there is anything to say."""

    status: int
    headers: Headers
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Sends it whole, its length told."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length] if self.body else [*self.headers]
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


class Envelope:
    """What goes around everything that is answered to one request."""

    __slots__ = ("_at", "_is_bare", "_state")

    def __init__(self, state: Mapping[str, Any], accepted: str, at: Instant) -> None:
        """Remember what the client asked of the form, and how the request is called."""
        self._state = state
        self._at = at
        self._is_bare = "odata.metadata=none" in accepted.lower()

    def wrap(self, answer: Answer) -> Reply:
        """A success; without its context where the client wants no metadata."""
        body = answer.body
        if body is None:
            return Reply(answer.status, _COMMON)
        if self._is_bare:
            body = {name: value for name, value in body.items() if name != _CONTEXT}
            return Reply(answer.status, _BARE, _encode(body))
        return Reply(answer.status, _SHORT, _encode(body))

    def wrap_error(self, error: GraphError) -> Reply:
        """A refusal in the error envelope."""
        inner = {
            "date": self._at.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": self._state["request_id"],
            "client-request-id": self._state["client_request_id"],
        }
        body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
        added = tuple((n.encode("latin-1"), v.encode("latin-1")) for n, v in error.headers.items())
        return Reply(error.status, (*_ERROR, *added), _encode(body))
