"""Answers and errors in the published envelopes.

The headers `request-id` and `client-request-id` are added to every answer at the edge.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from timebound.dialects.graph.call import Answer
from timebound.dialects.graph.refusals import GraphError
from timebound.dialects.shared.exchange import Headers, Reply, encode_headers
from timebound.domain.times import Instant

COMMON: Final[Headers] = ((b"odata-version", b"4.0"), (b"cache-control", b"no-cache"))
_MINIMAL: Final = (
    b"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"
    b";charset=utf-8"
)
SHORT: Final[Headers] = (*COMMON, (b"content-type", _MINIMAL))
_PLAIN: Final[Headers] = (*COMMON, (b"content-type", b"text/plain"))
_FULL: Final[Headers] = (*COMMON, (b"content-type", _MINIMAL.replace(b"minimal", b"full")))
_BARE: Final[Headers] = (*COMMON, (b"content-type", _MINIMAL.replace(b"minimal", b"none")))
_ERROR: Final[Headers] = (*COMMON, (b"content-type", b"application/json"))
_ALWAYS_TOLD: Final = frozenset({"@odata.nextLink", "@odata.deltaLink", "@odata.count"})
"""What stays where the client wants no metadata: OData JSON format, 3.1.3."""

_TYPE: Final = "content-type"
_encode: Final = msgspec.json.Encoder().encode


class Envelope:
    """What goes around everything that is answered to one request."""

    __slots__ = ("_at", "_is_bare", "_is_full", "_state")

    def __init__(self, state: Mapping[str, Any], accepted: str, at: Instant) -> None:
        """Remember what the client asked of the form, and how the request is called."""
        self._state = state
        self._at = at
        wanted = accepted.lower()
        self._is_bare = "odata.metadata=none" in wanted
        self._is_full = "odata.metadata=full" in wanted

    def wrap(self, answer: Answer) -> Reply:
        """A success; without annotations where the client wants no metadata."""
        body = answer.body
        added = encode_headers(answer.headers)
        if answer.text is not None:
            return Reply(answer.status, (*_PLAIN, *added), answer.text.encode())
        if body is None:
            return Reply(answer.status, (*COMMON, *added))
        if _TYPE in answer.headers:
            return Reply(answer.status, (*COMMON, *added), _encode(body))
        if self._is_bare:
            return Reply(answer.status, (*_BARE, *added), _encode(_strip(body)))
        form = _FULL if self._is_full else SHORT
        return Reply(answer.status, (*form, *added), _encode(body))

    def wrap_error(self, error: GraphError) -> Reply:
        """A refusal in the error envelope."""
        inner = {
            "date": self._at.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": self._state["request_id"],
            "client-request-id": self._state["client_request_id"],
        }
        body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
        return Reply(error.status, (*_ERROR, *encode_headers(error.headers)), _encode(body))


def _strip(value: object) -> object:
    """A body without its annotations, wherever they stand in it."""
    if isinstance(value, Mapping):
        return {
            name: _strip(held)
            for name, held in value.items()
            if "@odata." not in name or name in _ALWAYS_TOLD
        }
    if isinstance(value, list | tuple):
        return [_strip(one) for one in value]
    return value
