"""Page tokens: where a list goes on, for one caller and one query, until they expire.

A token is readable by who holds it and shows only what stood in a row that was answered; the
signature keeps anybody from making one up.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn, TypeAlias

import msgspec

from timebound.application.queries import Position
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.sealing import seal, unseal

_SKIPTOKEN: Final = "$skiptoken"
_PURPOSE: Final = b"page token"
_LONGEST: Final = 4_000
PackedField: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where the next page starts, the instant the list is told for, and until when that holds."""

    position: Position
    at: datetime
    expires_at: datetime


class _Payload(msgspec.Struct, array_like=True, frozen=True):
    """A token on the wire, bound to its owner; instants stand in `instants` by their index."""

    owner: bytes
    at: datetime
    expires_at: datetime
    fields: tuple[PackedField, ...]
    instants: dict[int, datetime]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Payload)


def issue_token(key: bytes, token: PageToken, owner: bytes) -> str:
    """The token as URL-safe text, signed with the key; positions hold no durations."""
    fields, instants = pack_position(token.position)
    payload = _ENCODER.encode(_Payload(owner, token.at, token.expires_at, fields, instants))
    return seal(key, _PURPOSE, payload)


def read_token(key: bytes, text: str, owner: bytes, now: datetime) -> PageToken:
    """The token that a client sent back; refused when forged, another's, or expired at `now`."""
    payload = unseal(key, _PURPOSE, text, _LONGEST)
    if payload is None:
        _refuse()
    try:
        content = _DECODER.decode(payload)
    except msgspec.MsgspecError:
        _refuse()
    if not hmac.compare_digest(content.owner, owner):
        _refuse()
    if now >= content.expires_at:
        raise ODataProblem(
            Flaw.PAGE_EXPIRED,
            _SKIPTOKEN,
            "The page token in '$skiptoken' has expired; ask for the list again.",
        )
    position = unpack_position(content.fields, content.instants)
    return PageToken(position, content.at, content.expires_at)


def pack_position(position: Position) -> tuple[tuple[PackedField, ...], dict[int, datetime]]:
    """A position as it goes into a token: its instants apart from its other values."""
    fields: list[PackedField] = []
    instants: dict[int, datetime] = {}
    for index, value in enumerate(position):
        if isinstance(value, datetime):
            instants[index] = value
            fields.append(None)
        elif isinstance(value, timedelta):
            raise TypeError("no list is sorted by durations")
        else:
            fields.append(value)
    return tuple(fields), instants


def unpack_position(fields: tuple[PackedField, ...], instants: Mapping[int, datetime]) -> Position:
    """The position that was packed."""
    return tuple(instants.get(index, value) for index, value in enumerate(fields))


def _refuse() -> NoReturn:
    raise ODataProblem(
        Flaw.PAGE_INVALID,
        _SKIPTOKEN,
        "The page token in '$skiptoken' was not issued for this request.",
    )
