"""Secrets of sign-ins: how they are made, and the marks by which alone they are kept."""

import hmac
from secrets import choice, token_urlsafe
from typing import Final

from timebound.domain.ids import TenantId
from timebound.identity.sealing import MasterKey

_TYPED: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""The letters of codes that people type: no vowels, so that no words come about (RFC 8628, 6.1)."""
_TYPED_LENGTH: Final = 9


class Marks:
    """Marks secrets under a key that only the servers of this installation have."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, kind: str, *parts: str) -> str:
        """The mark of a secret, by its kind; nobody without the key can tell what it is of."""
        content = "\x1f".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, content, "sha256").hex()

    def is_mark(self, given: str, kind: str, *parts: str) -> bool:
        """Whether the mark is that of the secret; compared in constant time."""
        expected = self.mark(kind, *parts).encode()
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected)


def open_marks(master: MasterKey) -> Marks:
    """The marks of all servers that have this master key."""
    return Marks(master.derive("sign-in marks"))


def make_secret() -> str:
    """A secret that nobody can foresee."""
    return token_urlsafe(32)


def make_typed_code() -> str:
    """A code that people type."""
    return "".join(choice(_TYPED) for _ in range(_TYPED_LENGTH))


def read_typed_code(text: str) -> str:
    """The code that somebody typed, whatever they put between its letters."""
    return "".join(letter for letter in text.upper() if letter in _TYPED)


def make_ticket(tenant_id: TenantId) -> tuple[str, str]:
    """A code or refresh token as clients hold it, and the secret in it."""
    secret = make_secret()
    return f"{tenant_id}.{secret}", secret


def read_ticket(text: str) -> tuple[TenantId, str]:
    """The tenant that a code or refresh token is of, and the secret in it."""
    tenant_id, _, secret = text.partition(".")
    return TenantId(tenant_id), secret
