"""Clients that prove themselves by a signed assertion instead of a secret (RFC 7523)."""

from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from timebound.application.certificates import Certificate
from timebound.domain.times import Instant
from timebound.identity.problems import Fault, Refusal

JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PROOF_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
LARGEST_ASSERTION: Final = 16 * 1024
LONGEST_LIFE: Final = timedelta(hours=24)
"""How far ahead an assertion may end; clients make them for ten minutes."""
SKEW: Final = timedelta(minutes=5)
"""How far the clock of a client may be off."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the header of an assertion may say; a key or an address in it is never followed."""

    alg: str
    typ: str = "JWT"
    kid: str | None = None
    x5t: str | None = None
    x5t_256: str | None = msgspec.field(default=None, name="x5t#S256")
    x5c: str | tuple[str, ...] = ()

    def names(self, certificate: Certificate) -> bool:
        """Whether it names this certificate, by each of the means that it uses."""
        means = (
            (self.x5t_256, certificate.sha256),
            (self.x5t, certificate.sha1),
        )
        given = [(text, wanted) for text, wanted in means if text is not None]
        if self.x5c:
            first = self.x5c if isinstance(self.x5c, str) else self.x5c[0]
            return _decode(first) == certificate.content and _all_equal(given)
        if given:
            return _all_equal(given)
        return (self.kid or "").upper() == certificate.sha1.hex().upper()


_Audience = str | tuple[str, ...]
_Time = Annotated[float, msgspec.Meta(ge=0, le=1e11)]


class _Claims(msgspec.Struct, frozen=True):
    """The claims that an assertion is judged by; times may have a fraction."""

    iss: str
    sub: str
    aud: _Audience
    exp: _Time
    nbf: _Time = 0
    iat: _Time = 0
    jti: str | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """Every audience."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud


@dataclass(frozen=True, slots=True)
class Proved:
    """An assertion that is good: a name by which it is known again, and until when it counts."""

    name: str
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class Expected:
    """What an assertion has to fit: the client, the audiences that mean us, and the instant."""

    client_id: str
    audiences: Sequence[str]
    at: Instant


def check_assertion(
    assertion: str, certificates: Sequence[Certificate], expected: Expected
) -> Proved | Refusal:
    """Whether the assertion is signed with one of the certificates and speaks of this request."""
    if _read_header(assertion) is None:
        return Refusal(Fault.ASSERTION_UNREADABLE)
    payload = open_assertion(assertion, certificates)
    if payload is None:
        return Refusal(Fault.ASSERTION_SIGNATURE)
    try:
        claims = msgspec.json.decode(payload, type=_Claims)
    except (msgspec.DecodeError, RecursionError):
        return Refusal(Fault.ASSERTION_UNREADABLE)
    return _judge(assertion, claims, expected)


def open_assertion(assertion: str, certificates: Sequence[Certificate]) -> bytes | None:
    """What it says, if the one of the certificates that its header names has signed it."""
    header = _read_header(assertion)
    if header is None:
        return None
    named = next((one for one in certificates if header.names(one)), None)
    return None if named is None else _verify(assertion, header.alg, named)


def _judge(assertion: str, claims: _Claims, expected: Expected) -> Proved | Refusal:
    if {claims.iss.lower(), claims.sub.lower()} != {expected.client_id.lower()}:
        return Refusal(Fault.ASSERTION_CLIENT, claims.sub)
    known = {one.rstrip("/").lower() for one in expected.audiences}
    if not any(one.rstrip("/").lower() in known for one in claims.audiences):
        return Refusal(Fault.ASSERTION_AUDIENCE, claims.audiences[0] if claims.audiences else "")
    ends_at = judge_life(claims.nbf, claims.exp, expected.at)
    if ends_at is None:
        return Refusal(Fault.ASSERTION_LIFE)
    # What identifies it is what is signed: a signature can be written in more than one way.
    unique = claims.jti or assertion.rpartition(".")[0]
    return Proved(sha256(f"{expected.client_id}\x1f{unique}".encode()).hexdigest(), ends_at)


class Peeked(msgspec.Struct, frozen=True):
    """What an assertion says of itself, by which is found who could have signed it."""

    iss: str
    sub: str
    aud: _Audience

    @property
    def audiences(self) -> tuple[str, ...]:
        """Every audience."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud


def peek_assertion(assertion: str) -> Peeked | None:
    """What it says before anything of it is believed; none if nothing can be read."""
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > LARGEST_ASSERTION:  # noqa: PLR2004 - a signed token
        return None
    try:
        return msgspec.json.decode(_decode_url(parts[1]), type=Peeked)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None


def judge_life(begins: float, ends: float, at: Instant) -> Instant | None:
    """Until when an assertion counts; none if that is over, far ahead, or has not begun."""
    begins_at, ends_at = (datetime.fromtimestamp(one, UTC) for one in (begins, ends))
    is_alive = begins_at <= at + SKEW and at < ends_at + SKEW
    return ends_at + SKEW if is_alive and ends_at <= at + LONGEST_LIFE else None


def _read_header(assertion: str) -> _Header | None:
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > LARGEST_ASSERTION:  # noqa: PLR2004 - a signed token
        return None
    try:
        return msgspec.json.decode(_decode_url(parts[0]), type=_Header)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None


def _verify(assertion: str, algorithm: str, certificate: Certificate) -> bytes | None:
    """The payload, if the certificate's kind of key is the algorithm's and the signature fits."""
    pem = certificate.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    is_rsa = isinstance(certificate.key, RSAPublicKey)
    if algorithm not in (("RS256", "PS256") if is_rsa else ("ES256",)):
        return None
    key = RSAKey.import_key(pem) if is_rsa else ECKey.import_key(pem)
    try:
        return jws.deserialize_compact(
            assertion, key, registry=_Registry(algorithms=[algorithm])
        ).payload
    except (JoseError, ValueError):
        return None


class _Registry(jws.JWSRegistry):
    """Takes headers with chains of certificates, as long as the assertion may be."""

    max_header_length = LARGEST_ASSERTION

    def check_header(self, header: Mapping[str, Any]) -> None:
        """Nothing: the header was read into a type that has no room for anything else."""


def _all_equal(given: Sequence[tuple[str, bytes]]) -> bool:
    return all(_decode_or_none(text) == wanted for text, wanted in given)


def _decode_or_none(text: str) -> bytes | None:
    try:
        return _decode_url(text)
    except ValueError:
        return None


def _decode(text: str) -> bytes | None:
    try:
        # quirk(identity): a chain is taken with the line breaks of PEM in it, which the library for
        # Python sends - msal, application: extract_certs
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None


def _decode_url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def list_audiences(origin: str, names: Sequence[str]) -> tuple[str, ...]:
    """What an assertion may have for an audience: the token endpoints and issuers of a tenant."""
    paths = ("oauth2/v2.0/token", "oauth2/token", "v2.0", "")
    return tuple(f"{origin}/{name}/{path}" for name in names for path in paths)
