"""State tokens of delta queries: how far a round is, for one caller and one query."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from timebound.application.queries import Position
from timebound.dialects.odata.paging import PackedField, pack_position, unpack_position
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.sealing import seal, unseal

DELTATOKEN: Final = "$deltatoken"
_PURPOSE: Final = b"delta token"
_LONGEST: Final = 16_000


@dataclass(frozen=True, slots=True)
class DeltaState:
    """A round of changes: of which query, since when (None: the first one) and as of when.

    `phase` counts the lists that a round is told in, `position` is where the current one goes on.
    """

    query: bytes
    since: datetime | None
    at: datetime
    expires_at: datetime
    phase: int = 0
    position: Position | None = None


class _Payload(msgspec.Struct, array_like=True, frozen=True):
    """A state on the wire, bound to its owner."""

    owner: bytes
    query: bytes
    since: datetime | None
    at: datetime
    expires_at: datetime
    phase: int
    fields: tuple[PackedField, ...] | None
    instants: dict[int, datetime]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Payload)


def issue_state(key: bytes, state: DeltaState, owner: bytes) -> str:
    """The state as URL-safe text, signed with the key."""
    fields, instants = (None, {}) if state.position is None else pack_position(state.position)
    payload = _Payload(
        owner,
        state.query,
        state.since,
        state.at,
        state.expires_at,
        state.phase,
        fields,
        instants,
    )
    return seal(key, _PURPOSE, _ENCODER.encode(payload))


def read_state(key: bytes, text: str, owner: bytes) -> DeltaState:
    """The state that a client sent back, expired or not; refused when forged or another's."""
    payload = unseal(key, _PURPOSE, text, _LONGEST)
    try:
        content = None if payload is None else _DECODER.decode(payload)
    except msgspec.MsgspecError:
        content = None
    if content is None or not hmac.compare_digest(content.owner, owner):
        raise ODataProblem(
            Flaw.PAGE_INVALID, DELTATOKEN, "The state token was not issued for this request."
        )
    fields = content.fields
    position = None if fields is None else unpack_position(fields, content.instants)
    return DeltaState(
        content.query,
        content.since,
        content.at,
        content.expires_at,
        content.phase,
        position,
    )
