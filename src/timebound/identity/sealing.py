"""Encryption at rest: what only a holder of the master key can read."""

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SealError(Exception):
    """Something that was sealed under another master key, or damaged."""


class MasterKey:
    """A key that seals small secrets under a name, which cannot be exchanged afterwards."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._cipher = AESGCM(key)

    def seal(self, name: str, content: bytes) -> bytes:
        """The content encrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, name.encode())

    def derive(self, name: str) -> bytes:
        """A key for another purpose, the same on every server that has this master key."""
        return hmac.digest(self._key, f"derived key: {name}".encode(), "sha256")

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """The content again; SealError if it is not what was sealed under this key and name."""
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, content, name.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError(
                f"`{name}` was sealed under another master key, or is damaged"
            ) from error
