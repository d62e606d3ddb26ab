"""A passkey as a device keeps it: makes itself known, and signs (WebAuthn, level 2)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
_ATTESTED: Final = 0x40


def _key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@dataclass(slots=True)
class SoftKey:
    """A key of a device at an origin; `flags` say whether it knows who is in front of it."""

    origin: str
    host: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    handle: bytes = b""
    """Whose it is, as the page that had it made says."""
    id: bytes = field(default_factory=lambda: token_bytes(16))
    key: EllipticCurvePrivateKey = field(default_factory=_key)

    def make(self, options: Mapping[str, Any]) -> str:
        """The answer to what a page asks a new passkey."""
        self.handle = read(options["user"]["id"])
        data = self._data(self.flags | _ATTESTED) + bytes(16) + _size(self.id) + self.id
        data += self._public()
        # In CBOR: a map of the format "none", of no statement, and of the data.
        start = b"\xa3" + _text("fmt") + _text("none") + _text("attStmt") + b"\xa0"
        attested = start + _text("authData") + b"\x59" + len(data).to_bytes(2) + data
        said = self._say("webauthn.create", options)
        return self._answer(clientDataJSON=said, attestationObject=attested)

    def sign(self, options: Mapping[str, Any]) -> str:
        """The answer to what a page asks; a passkey that is not asked by name says whose it is."""
        said, data = self._say("webauthn.get", options), self._data(self.flags)
        signature = self.key.sign(data + sha256(said).digest(), ECDSA(SHA256()))
        told = {} if options.get("allowCredentials") else {"userHandle": self.handle}
        return self._answer(
            clientDataJSON=said, authenticatorData=data, signature=signature, **told
        )

    def _say(self, purpose: str, options: Mapping[str, Any]) -> bytes:
        said = {"type": purpose, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _public(self) -> bytes:
        # In COSE: the type EC2, the algorithm ES256, the curve P-256, and the two numbers.
        numbers = self.key.public_key().public_numbers()
        x, y = (one.to_bytes(32) for one in (numbers.x, numbers.y))
        return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y

    def _answer(self, **response: bytes) -> str:
        told = {name: write(value) for name, value in response.items()}
        id_ = write(self.id)
        answer = {"id": id_, "rawId": id_, "type": "public-key", "response": told}
        return json.dumps({**answer, "clientExtensionResults": {}})


def read(text: str) -> bytes:
    """Bytes that have travelled."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def write(content: bytes) -> str:
    """Bytes as they travel."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def _size(content: bytes) -> bytes:
    return len(content).to_bytes(2)


def _text(text: str) -> bytes:
    return bytes([0x60 + len(text)]) + text.encode()
