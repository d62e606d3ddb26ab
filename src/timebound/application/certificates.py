"""The certificates that applications prove themselves with: only their public part is kept."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from timebound.domain.events import Fact
from timebound.domain.program_keys import read_keys
from timebound.domain.times import Instant

X509: Final = "AsymmetricX509Cert"
VERIFY: Final = "Verify"
_LONGEST_NAME: Final = 90
"""Longer names are cut. Source: Graph, keyCredential, displayName."""
_SHORTEST_RSA: Final = 2048
_LONGEST_RSA: Final = 8192
_LARGEST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that can verify signatures: RSA of 2048 bits or more, or EC P-256."""

    content: bytes
    key: RSAPublicKey | EllipticCurvePublicKey
    subject: str
    start: Instant
    end: Instant

    @property
    def sha1(self) -> bytes:
        """The thumbprint by which older clients name it."""
        return sha1(self.content, usedforsecurity=False).digest()

    @property
    def sha256(self) -> bytes:
        """The thumbprint by which newer clients name it."""
        return sha256(self.content).digest()


def read_certificate(content: bytes) -> Certificate | None:
    """The certificate in DER; none for what is none, or has a key that nothing here can verify."""
    if len(content) > _LARGEST:
        return None
    try:
        found = x509.load_der_x509_certificate(content)
        key = found.public_key()
        subject = found.subject.rfc4514_string()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey) or not _is_fit(key):
        return None
    return Certificate(content, key, subject, found.not_valid_before_utc, found.not_valid_after_utc)


def read_pem_certificate(text: str) -> Certificate | None:
    """The first certificate in a PEM text; keys beside it are not looked at."""
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return None
    return read_certificate(found[0].public_bytes(Encoding.DER))


def _is_fit(key: RSAPublicKey | EllipticCurvePublicKey) -> bool:
    if isinstance(key, EllipticCurvePublicKey):
        return isinstance(key.curve, SECP256R1)
    return _SHORTEST_RSA <= key.key_size <= _LONGEST_RSA


@dataclass(frozen=True, slots=True)
class KeyWishes:
    """What may be said of a certificate beside its content; it never lasts beyond itself."""

    display_name: str | None = None
    custom_id: str | None = None
    start: Instant | None = None
    end: Instant | None = None


def describe_key(
    certificate: Certificate, key_id: str, wishes: KeyWishes = KeyWishes()
) -> dict[str, Fact]:
    """The published form in which an application keeps a certificate."""
    start, end = wishes.start or certificate.start, wishes.end or certificate.end
    name = wishes.display_name or certificate.subject
    return {
        # quirk(graph): the thumbprint in hexadecimal, though the type is Binary - Graph docs,
        # applications-how-to-add-certificate
        "customKeyIdentifier": wishes.custom_id or certificate.sha1.hex().upper(),
        "displayName": name[:_LONGEST_NAME],
        "endDateTime": _write(min(end, certificate.end)),
        "key": b64encode(certificate.content).decode(),
        "keyId": key_id,
        "startDateTime": _write(max(start, certificate.start)),
        "type": X509,
        "usage": VERIFY,
    }


def list_certificates(attributes: Mapping[str, Fact], at: Instant) -> tuple[Certificate, ...]:
    """The certificates among the attributes of an application that count at `at`."""
    described = (one for one in read_keys(attributes) if _counts(one, at))
    contents = (b64decode(str(one["key"])) for one in described)
    found = (read_certificate(content) for content in contents)
    return tuple(one for one in found if one is not None)


def _counts(described: Mapping[str, Fact], at: Instant) -> bool:
    start, end = described.get("startDateTime"), described.get("endDateTime")
    return _read(start) <= at < _read(end)


def _read(text: Fact) -> Instant:
    return datetime.fromisoformat(str(text))


def _write(at: Instant) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
