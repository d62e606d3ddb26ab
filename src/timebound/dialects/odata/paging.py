"""Page tokens: where a list goes on, for one caller and one query, until they expire.

A token is readable by who holds it and shows only what stood in a row that was answered; the
signature keeps anybody from making one up.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import Final, NoReturn

import msgspec

from timebound.application.queries import Position
from timebound.dialects.odata.problems import Flaw, ODataProblem

_SKIPTOKEN: Final = "$skiptoken"
_SIGNATURE_SIZE: Final = 32
_OWNER_SIZE: Final = 16
_LONGEST: Final = 4_000
_Field = str | int | float | bool | None


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
    fields: tuple[_Field, ...]
    instants: dict[int, datetime]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Payload)


def identify_owner(*parts: str) -> bytes:
    """What a token belongs to: tenant, caller, path and the fingerprint of the options."""
    digest = blake2b(digest_size=_OWNER_SIZE)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return digest.digest()


def issue_token(key: bytes, token: PageToken, owner: bytes) -> str:
    """The token as URL-safe text, signed with the key; positions hold no durations."""
    fields: list[_Field] = []
    instants: dict[int, datetime] = {}
    for index, value in enumerate(token.position):
        if isinstance(value, datetime):
            instants[index] = value
            fields.append(None)
        elif isinstance(value, timedelta):
            raise TypeError("no list is sorted by durations")
        else:
            fields.append(value)
    payload = _ENCODER.encode(_Payload(owner, token.at, token.expires_at, tuple(fields), instants))
    return urlsafe_b64encode(_sign(key, payload) + payload).rstrip(b"=").decode()


def read_token(key: bytes, text: str, owner: bytes, now: datetime) -> PageToken:
    """The token that a client sent back; refused when forged, another's, or expired at `now`."""
    signature, payload = _decode(text)
    if not hmac.compare_digest(signature, _sign(key, payload)):
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
    position = tuple(
        content.instants.get(index, value) for index, value in enumerate(content.fields)
    )
    return PageToken(position, content.at, content.expires_at)


def _sign(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, b"page token\0" + payload, sha256)


def _decode(text: str) -> tuple[bytes, bytes]:
    if len(text) > _LONGEST or not text.isascii():
        _refuse()
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        _refuse()
    return content[:_SIGNATURE_SIZE], content[_SIGNATURE_SIZE:]


def _refuse() -> NoReturn:
    raise ODataProblem(
        Flaw.PAGE_INVALID,
        _SKIPTOKEN,
        "The page token in '$skiptoken' was not issued for this request.",
    )
