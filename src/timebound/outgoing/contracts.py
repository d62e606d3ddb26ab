"""What may come in the way of a call to somebody else, and where it may go at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from timebound.outgoing.addresses import Network

_PORTS: Final = {"https": 443, "http": 80}


class FetchProblem(Enum):
    """What can come in the way of an answer."""

    NOT_LISTED = "the operator does not list this origin (--outgoing-host)"
    UNRESOLVED = "the host has no address"
    ADDRESS_REFUSED = "the host has an address that is not public (--outgoing-network)"
    UNREACHABLE = "the host does not answer, or not with a certificate that is trusted"
    TOO_SLOW = "the answer took too long"
    REDIRECTED = "the answer is a redirect, which is not followed"
    BAD_STATUS = "the answer is a refusal"
    TOO_LARGE = "the answer is too large"
    NOT_JSON = "the answer is not a JSON object"


@dataclass(frozen=True, slots=True)
class FetchFault:
    """Why there is no answer, and the origin that was to give it."""

    problem: FetchProblem
    origin: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """What the operator lists: origins that may be asked, and networks that need not be public.

    Origins are written as `write_origin` writes them; one of plain HTTP is listed as such.
    """

    origins: frozenset[str] = frozenset()
    networks: Sequence[Network] = ()


def write_origin(url: str) -> str | None:
    """Scheme, host and port of a URL, in one spelling; none for what is no URL of HTTP."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or _PORTS[parts.scheme]}"
