"""Texts that clients carry to and fro and cannot make up: readable, and signed for one purpose."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import blake2b, sha256
from typing import Final

_SIGNATURE_SIZE: Final = 32
_OWNER_SIZE: Final = 16


def identify_owner(*parts: str) -> bytes:
    """What a token belongs to: tenant, caller, path and the fingerprint of the options."""
    digest = blake2b(digest_size=_OWNER_SIZE)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return digest.digest()


def seal(key: bytes, purpose: bytes, payload: bytes) -> str:
    """The payload as URL-safe text behind its signature."""
    return urlsafe_b64encode(_sign(key, purpose, payload) + payload).rstrip(b"=").decode()


def unseal(key: bytes, purpose: bytes, text: str, longest: int) -> bytes | None:
    """The payload of a text; none when it was not sealed with the key for the purpose."""
    if len(text) > longest or not text.isascii():
        return None
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return None
    signature, payload = content[:_SIGNATURE_SIZE], content[_SIGNATURE_SIZE:]
    return payload if hmac.compare_digest(signature, _sign(key, purpose, payload)) else None


def _sign(key: bytes, purpose: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, purpose + b"\0" + payload, sha256)
