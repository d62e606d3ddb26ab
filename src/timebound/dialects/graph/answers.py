"""Answers and errors in the published envelopes.

The headers `request-id` and `client-request-id` are added to every answer at the edge.
"""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from timebound.dialects.graph.call import Answer
from timebound.dialects.graph.refusals import GraphError
from timebound.domain.times import Instant

_MINIMAL: Final = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"
    ";charset=utf-8"
)
_BARE: Final = _MINIMAL.replace("minimal", "none")
_HEADERS: Final = {"odata-version": "4.0", "cache-control": "no-cache"}
_CONTEXT: Final = "@odata.context"
_encode: Final = msgspec.json.Encoder().encode


class Envelope:
    """What goes around everything that is answered to one request."""

    __slots__ = ("_at", "_client_request_id", "_is_bare", "request_id")

    def __init__(self, request: Request, at: Instant) -> None:
        """Remember what the client asked of the form, and how the request is called."""
        state = request.state
        self.request_id: str = state.request_id
        self._at = at
        self._is_bare = "odata.metadata=none" in request.headers.get("accept", "").lower()
        self._client_request_id: str = state.client_request_id

    def wrap(self, answer: Answer) -> Response:
        """A success; without its context where the client wants no metadata."""
        if answer.body is None:
            return Response(status_code=answer.status, headers=_HEADERS)
        body = answer.body
        if self._is_bare:
            body = {name: value for name, value in body.items() if name != _CONTEXT}
        return Response(
            _encode(body),
            answer.status,
            _HEADERS,
            media_type=_BARE if self._is_bare else _MINIMAL,
        )

    def wrap_error(self, error: GraphError) -> Response:
        """A refusal in the error envelope."""
        inner = {
            "date": self._at.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": self.request_id,
            "client-request-id": self._client_request_id,
        }
        body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
        return Response(
            _encode(body),
            error.status,
            {**_HEADERS, **error.headers},
            media_type="application/json",
        )
