"""The parts of a batch as HTTP calls of their own, made by whoever sent the batch."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

import structlog
from starlette.types import Message, Receive, Scope

from timebound.dialects.shared.exchange import Headers, Part, Reply

CountPart: TypeAlias = Callable[[str, int, float], None]
"""Counts a part of a batch: its operation, the status of its answer, and how many seconds it took.

What comes alone is counted where it comes in, with the batch itself.
"""

_BATCH: Final = "batch"
_AUTHORIZATION: Final = b"authorization"
_log = structlog.get_logger()


def is_part(scope: Scope) -> bool:
    """Whether a call is a part of a batch."""
    return _BATCH in scope["state"]


def scope_part(batch: Scope, number: int, part: Part | None, own: Iterable[str] = ()) -> Scope:
    """The call that a part is: what it says itself, with the token and the origin of its batch.

    Of the state of the batch it has all but the `own` members; none is a part that cannot be read.
    """
    outer = batch["state"]
    # Derived, so that a batch of the same request id names its parts alike.
    request_id = str(uuid5(UUID(outer["request_id"]), str(number)))
    state: dict[str, Any] = {**outer, "request_id": request_id, _BATCH: outer["request_id"]}
    for name in ("operation", *own):
        state.pop(name, None)
    if part is None:
        return {**batch, "state": state}
    return {
        **batch,
        "state": state,
        "method": part.method,
        "path": part.path.decode("latin-1"),
        "raw_path": part.path,
        "query_string": part.query,
        "headers": _join_headers(batch["headers"], part.headers),
    }


def _join_headers(batch: Headers, part: Headers) -> Headers:
    """The headers of the part with the batch's authorization, whatever it says itself of that."""
    return (
        *(header for header in batch if header[0] == _AUTHORIZATION),
        *(header for header in part if header[0] != _AUTHORIZATION),
    )


def identify_reply(scope: Scope, reply: Reply, *ids: str) -> Reply:
    """The reply with the ids that the edge adds to what is answered alone; noted in the log.

    They are named as the state of the call names them.
    """
    state = scope["state"]
    _log.info(
        "part",
        status=int(reply.status),
        operation=state.get("operation", "none"),
        refusal=state.get("refusal"),
        caller=state.get("caller"),
        request_id=state["request_id"],
        batch_request_id=state[_BATCH],
    )
    told = tuple((id_.replace("_", "-").encode(), state[id_].encode()) for id_ in ids)
    return replace(reply, headers=(*reply.headers, *told))


def receive_body(body: bytes) -> Receive:
    """What a body is received from that has come whole."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
