"""What people prove themselves with besides a password, as it is kept."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.times import Instant


class FactorKind(Enum):
    """The kinds of factors."""

    TOTP = "totp"
    """An app that shows six digits, another six every half minute (RFC 6238)."""
    PASSKEY = "passkey"
    """A key that a device, a browser or a stick keeps (WebAuthn)."""
    RECOVERY = "recovery"
    """A code on paper that works once."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a person: `sealed` is its secret under the master key.

    `used` only ever grows: the step of the digits that counted last, how often a passkey says that
    it has signed, or 1 for a code that is used.
    """

    user_id: PrincipalId
    id: str
    kind: FactorKind
    sealed: bytes
    created_at: Instant
    used: int = 0


class FactorStore(Protocol):
    """Keeps factors; they are added and removed by change sets."""

    async def list_factors(self, tenant_id: TenantId, user_id: PrincipalId) -> tuple[Factor, ...]:
        """All factors of a person, oldest first."""
        ...

    async def use_factor(
        self, tenant_id: TenantId, user_id: PrincipalId, factor_id: str, used: int
    ) -> bool:
        """Raises `used`: true for exactly one of however many try with the same number."""
        ...
