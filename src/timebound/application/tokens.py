"""How a door learns who is calling: what is asked of a bearer token, and why one is refused."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from timebound.domain.authority import Token


class Resource(Enum):
    """The API that a token is shown to; a token made for another one is refused."""

    GRAPH = "graph"
    ARM = "arm"


class TokenFault(Enum):
    """What can be wrong with a bearer token."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknownKey"
    BAD_SIGNATURE = "badSignature"
    EXPIRED = "expired"
    NOT_YET_VALID = "notYetValid"
    WRONG_AUDIENCE = "wrongAudience"
    WRONG_ISSUER = "wrongIssuer"


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """Why a request is answered 401."""

    fault: TokenFault


class TokenVerifier(Protocol):
    """Judges the Authorization header of a request."""

    async def verify(self, authorization: str | None, resource: Resource) -> Token | TokenRefusal:
        """The bearer that a verified token speaks of, or why it is not believed.

        Signature, issuer, audience, tenant and life are checked; whether the bearer still exists
        and is enabled is for the store to say.
        """
        ...
