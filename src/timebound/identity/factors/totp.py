"""Codes of six digits, another every half minute (RFC 6238)."""

from base64 import b32encode
from secrets import token_bytes
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from timebound.domain.times import Instant

STEP: Final = 30
"""Seconds for which a code is shown."""
DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_ISSUER: Final = "Timebound"


def make_totp_secret() -> bytes:
    """A secret that nobody can foresee, as long as RFC 4226 asks."""
    return token_bytes(_SECRET_BYTES)


def find_step(secret: bytes, code: str, at: Instant) -> int | None:
    """The step that a code is of: the one at `at` or a neighbour, for clocks that differ a little.

    Compared in constant time; none for a code of no such step.
    """
    now = int(at.timestamp()) // STEP
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    found = [step for step in (now - 1, now, now + 1) if _is_code(secret, code, step)]
    return found[0] if found else None


def write_secret(secret: bytes) -> str:
    """The secret as people type it into an app: letters and digits in groups of four."""
    text = b32encode(secret).decode()
    return " ".join(text[first : first + 4] for first in range(0, len(text), 4))


def write_uri(secret: bytes, account: str) -> str:
    """The address that apps read from a QR code."""
    return _open(secret).get_provisioning_uri(account, _ISSUER)


def _is_code(secret: bytes, code: str, step: int) -> bool:
    try:
        _open(secret).verify(code.encode(), step * STEP)
    except InvalidToken:
        return False
    return True


def _open(secret: bytes) -> TOTP:
    # SHA-1 is what every app can do; RFC 6238 keeps it, since collisions do not help here.
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303 - see above
