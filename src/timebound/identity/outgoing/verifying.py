"""Judging tokens that others signed: by their keys, for us, alive, and by no word about access.

Nothing in the header of a token is followed: a key or an address in it counts for nothing, the
algorithm has to be one that is expected of the issuer, and the key says whether it signs by it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from typing import Annotated, Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from timebound.domain.times import Instant
from timebound.identity.outgoing.issuers import SIGNATURES, IssuerKeys, PublicKey, WrongIssuer
from timebound.outgoing.contracts import FetchFault

LARGEST_TOKEN: Final = 16 * 1024
SKEW: Final = timedelta(seconds=60)
"""How far the clock of an issuer may be off."""
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_HASHES: Final = {"256": sha256, "384": sha384, "512": sha512}


class ForeignFault(Enum):
    """Why a token of somebody else is not believed."""

    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNREACHABLE = "issuerUnreachable"
    UNKNOWN_KEY = "unknownKey"
    BAD_SIGNATURE = "badSignature"
    WRONG_ISSUER = "wrongIssuer"
    WRONG_AUDIENCE = "wrongAudience"
    WRONG_CLIENT = "wrongClient"
    EXPIRED = "expired"
    NOT_YET_VALID = "notYetValid"
    WRONG_NONCE = "wrongNonce"
    WRONG_HASH = "wrongHash"


class _Header(msgspec.Struct, frozen=True):
    """What matters of a header; whoever says that something is critical is not understood."""

    alg: str
    kid: str | None = None
    typ: str = "JWT"
    crit: Any = None
    b64: Any = None


_Time = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
# At most 255 characters of ASCII (OpenID Connect Core, 2).
_Subject = Annotated[str, msgspec.Meta(pattern=r"^[ -~]{1,255}\Z")]


class ForeignClaims(msgspec.Struct, frozen=True):
    """The claims that are looked at; there are none about access, which others do not give here."""

    iss: str
    sub: _Subject
    aud: str | tuple[str, ...]
    exp: _Time
    nbf: _Time = 0
    iat: _Time = 0
    azp: str | None = None
    client_id: str | None = None
    nonce: str | None = None
    at_hash: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    auth_time: _Time | None = None

    @property
    def audiences(self) -> frozenset[str]:
        """Every audience."""
        return frozenset((self.aud,) if isinstance(self.aud, str) else self.aud)

    @property
    def methods(self) -> frozenset[str]:
        """How the person signed in, as the issuer tells it."""
        return frozenset(self.amr)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A token that is good: the claims that are looked at, and all for what is mapped."""

    claims: ForeignClaims
    all: Mapping[str, Any]

    @property
    def ends_at(self) -> Instant:
        """Until when it counts."""
        return datetime.fromtimestamp(self.claims.exp, UTC)


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose token is expected, made for whom, signed how, at which instant."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    at: Instant


async def verify_foreign(
    keys: IssuerKeys, token: str, expected: Expected
) -> Foreign | ForeignFault:
    """What a token says, once it is its issuer's, for the audience, and alive."""
    header = _read_header(token)
    if header is None or header.typ.lower() not in _TYPES:
        return ForeignFault.MALFORMED
    if header.alg not in expected.algorithms & SIGNATURES:
        return ForeignFault.ALGORITHM
    key = await keys.find_key(expected.issuer, header.kid, header.alg)
    if isinstance(key, FetchFault):
        return ForeignFault.UNREACHABLE
    if isinstance(key, WrongIssuer):
        return ForeignFault.WRONG_ISSUER
    if key is None:
        return ForeignFault.UNKNOWN_KEY
    foreign = _read(token, key, header.alg)
    if isinstance(foreign, ForeignFault):
        return foreign
    return _judge(foreign.claims, expected) or foreign


def _read(token: str, key: PublicKey, algorithm: str) -> Foreign | ForeignFault:
    try:
        # What a header says beside what matters is its issuer's affair.
        registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        content = jws.deserialize_compact(token, key, registry=registry).payload
    except (JoseError, ValueError):
        return ForeignFault.BAD_SIGNATURE
    try:
        claims = msgspec.json.decode(content, type=ForeignClaims)
        return Foreign(claims, msgspec.json.decode(content, type=dict[str, Any]))
    except (msgspec.DecodeError, RecursionError):
        return ForeignFault.MALFORMED


def _judge(claims: ForeignClaims, expected: Expected) -> ForeignFault | None:
    now = expected.at.timestamp()
    skew = SKEW.total_seconds()
    if claims.iss != expected.issuer:
        return ForeignFault.WRONG_ISSUER
    if expected.audience not in claims.audiences:
        return ForeignFault.WRONG_AUDIENCE
    if claims.exp <= now:
        return ForeignFault.EXPIRED
    if max(claims.nbf, claims.iat, claims.auth_time or 0) > now + skew:
        return ForeignFault.NOT_YET_VALID
    return None


def judge_id_token(
    claims: ForeignClaims, client_id: str, nonce: str, access_token: str | None, algorithm: str
) -> ForeignFault | None:
    """What an id token has to say besides (OpenID Connect Core, 3.1.3.7), which is for us alone."""
    if claims.audiences != {client_id}:
        return ForeignFault.WRONG_AUDIENCE
    if claims.azp is not None and claims.azp != client_id:
        return ForeignFault.WRONG_CLIENT
    if not compare_digest((claims.nonce or "").encode(), nonce.encode()):
        return ForeignFault.WRONG_NONCE
    if claims.at_hash is None:
        return None
    given = claims.at_hash.rstrip("=").encode()
    wanted = _hash(access_token or "", algorithm).encode()
    return None if compare_digest(given, wanted) else ForeignFault.WRONG_HASH


def read_algorithm(token: str) -> str:
    """The algorithm that the header of a token names; of one that was verified."""
    header = _read_header(token)
    return "" if header is None else header.alg


def peek_issuer(token: str) -> str | None:
    """Whose token it says it is, before anything is believed; none if nothing can be read."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LARGEST_TOKEN:  # noqa: PLR2004 - a signed token's parts
        return None
    try:
        return msgspec.json.decode(_decode(parts[1]), type=_Peek).iss
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None


class _Peek(msgspec.Struct, frozen=True):
    """The issuer alone."""

    iss: str


def _hash(text: str, algorithm: str) -> str:
    digest = _HASHES.get(algorithm[-3:], sha512)(text.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def _read_header(token: str) -> _Header | None:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LARGEST_TOKEN:  # noqa: PLR2004 - a signed token's parts
        return None
    try:
        header = msgspec.json.decode(_decode(parts[0]), type=_Header)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    return header if header.crit is None and header.b64 is None else None


def _decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
