"""Answers and errors in the published envelopes, with the headers that every answer has.

`request-id` and `x-content-type-options` are added to every answer at the edge.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from timebound.dialects.arm.call import Answer
from timebound.dialects.arm.limits import tell_remaining
from timebound.dialects.arm.refusals import ArmError
from timebound.dialects.shared.exchange import Headers, Reply, encode_headers, find_header
from timebound.domain.times import Instant

REGION: Final = "LOCAL"
"""What the routing id names in the place of an Azure region."""

_COMMON: Final[Headers] = (
    (b"cache-control", b"no-cache"),
    (b"pragma", b"no-cache"),
    (b"expires", b"-1"),
)
_JSON: Final = (b"content-type", b"application/json; charset=utf-8")
_STRICT: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_SUBSCRIPTION: Final = re.compile(rb"/*(?:providers/+microsoft\.subscription/+)?subscriptions/+.")

_encode: Final = msgspec.json.Encoder().encode


class Envelope:
    """What goes around everything that is answered to one request."""

    __slots__ = ("_at", "_scope")

    def __init__(self, scope: Scope, at: Instant) -> None:
        """Remember the request, and when it is answered."""
        self._scope = scope
        self._at = at

    def wrap(self, answer: Answer) -> Reply:
        """A success; its body without what is null."""
        return self._wrap(answer.status, answer.headers, answer.body)

    def wrap_error(self, error: ArmError) -> Reply:
        """A refusal in the error envelope, or without one where that was seen."""
        body = {"error": _show_error(error)} if error.bare is None else error.bare
        return self._wrap(error.status, error.headers, body)

    def _wrap(self, status: int, headers: Mapping[str, str], body: object) -> Reply:
        told = (*_COMMON, *self._identify(), *encode_headers(headers))
        if body is None:
            return Reply(status, told)
        if isinstance(body, msgspec.Raw):
            return Reply(status, (*told, _JSON), bytes(body))
        plain = msgspec.to_builtins(body, builtin_types=(msgspec.Raw,))
        return Reply(status, (*told, _JSON), _encode(omit_nulls(plain)))

    def _identify(self) -> Headers:
        state: Mapping[str, Any] = self._scope["state"]
        asked: Headers = self._scope["headers"]
        request_id = state["request_id"].encode()
        correlation_id = _echo(asked, b"x-ms-correlation-request-id") or request_id
        moment = self._at.strftime("%Y%m%dT%H%M%SZ")
        routing_id = f"{REGION}:{moment}:".encode() + correlation_id
        client_id = _echo(asked, b"x-ms-client-request-id")
        return (
            (b"x-ms-request-id", request_id),
            (b"x-ms-correlation-request-id", correlation_id),
            (b"x-ms-routing-request-id", routing_id),
            *(() if client_id is None else ((b"x-ms-client-request-id", client_id),)),
            # Browsers would no longer reach anything else that a developer runs on localhost.
            *(() if urlsplit(state["origin"]).hostname in _LOCAL else (_STRICT,)),
            *self._count(),
        )

    def _count(self) -> Headers:
        """What is left of a limit; nothing before it is known who calls."""
        if "caller" not in self._scope["state"]:
            return ()
        is_there = _SUBSCRIPTION.match(self._scope["raw_path"].lower()) is not None
        method, state = self._scope["method"], self._scope["state"]
        return (tell_remaining(method, state, is_in_subscription=is_there),)


def omit_nulls(value: object) -> object:
    """Plain objects without the members that are null, wherever they stand.

    What is encoded already stays as it is.
    """
    if isinstance(value, dict):
        return {
            # Most of what is told are texts, which need no look inside.
            name: held if held.__class__ is str else omit_nulls(held)
            for name, held in value.items()
            if held is not None
        }
    if isinstance(value, list | tuple):
        return [omit_nulls(one) for one in value]
    return value


def _show_error(error: ArmError) -> dict[str, object]:
    return {
        "code": error.code,
        "message": error.message,
        "target": error.target,
        "details": [_show_error(one) for one in error.details] or None,
    }


def _echo(asked: Headers, name: bytes) -> bytes | None:
    """A header as the client sent it; none that could not be sent back."""
    text = find_header(asked, name)
    return None if text is None or _ID.fullmatch(text) is None else text.encode("latin-1")
