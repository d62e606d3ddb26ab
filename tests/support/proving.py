"""Certificates of test applications, and the assertions that they sign."""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_SPACE = UUID("0f4b6c5e-6a66-4a53-9b0f-0f6f0f3f5a11")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A private key and its certificate."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as bytes."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def public_pem(self) -> bytes:
        """The public key as text."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def private_pem(self) -> str:
        """The private key as text."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def sha1(self) -> bytes:
        """The old thumbprint."""
        return sha1(self.der, usedforsecurity=False).digest()

    @property
    def sha256(self) -> bytes:
        """The new thumbprint."""
        return sha256(self.der).digest()


@cache
def make_holder(
    name: str,
    begins: datetime,
    life: timedelta = timedelta(days=365),
    *,
    bits: int = 2048,
    is_elliptic: bool = False,
) -> KeyHolder:
    """A key with a certificate that it has signed itself; the same one for the same words."""
    key: PrivateKey
    if is_elliptic:
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(uuid5(_SPACE, name).int >> 8)
        .not_valid_before(begins)
        .not_valid_after(begins + life)
    )
    return KeyHolder(key, builder.sign(key, hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client assertion that is about to be signed."""

    client_id: str
    audience: str
    at: datetime
    claims: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()

    def sign(self, holder: KeyHolder, algorithm: str = "RS256") -> str:
        """The assertion as a client sends it, its header naming the holder as MSAL does."""
        names = {"x5t": encode(holder.sha1)} if algorithm == "RS256" else {}
        names |= {"x5t#S256": encode(holder.sha256)} if not names else {}
        header = {"alg": algorithm, "typ": "JWT", **names, **self.header}
        content = f"{write(self._keep(header))}.{write(self._keep(self._payload()))}"
        return f"{content}.{encode(sign(holder.key, algorithm, content.encode()))}"

    def _payload(self) -> dict[str, Any]:
        seconds = self.at.timestamp()
        return {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "nbf": seconds,
            "exp": seconds + 600,
            "jti": str(uuid5(_SPACE, f"{self.client_id}{seconds}")),
            **self.claims,
        }

    def _keep(self, named: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in named.items() if name not in self.drops}


def sign(key: PrivateKey, algorithm: str, content: bytes) -> bytes:
    """A signature as JWS has it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
        return b"".join(one.to_bytes(32, "big") for one in numbers)
    if algorithm == "PS256":
        salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return key.sign(content, salted, hashes.SHA256())
    return key.sign(content, padding.PKCS1v15(), hashes.SHA256())


def encode(content: bytes) -> str:
    """Bytes as JWS writes them."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def write(content: object) -> str:
    """An object as JWS writes it."""
    return encode(json.dumps(content).encode())


def chain(*holders: KeyHolder) -> list[str]:
    """Certificates as `x5c` has them."""
    return [b64encode(one.der).decode() for one in holders]


def read_claims(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
