"""What granting tokens works with, and what a request for one is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timebound.application.ports import Clock, IdSource, Store
from timebound.application.sign_in_log_ports import UNWATCHED, SentFrom, SignInSink
from timebound.identity.client_pacing import ClientPace
from timebound.identity.discovery import Place
from timebound.identity.hashing import SecretHasher
from timebound.identity.keys import KeyRing
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.scopes import Audiences
from timebound.identity.versions import Version


@dataclass(frozen=True, slots=True)
class Granting:
    """What granting works with; `grants` are the grant types that are allowed."""

    store: Store
    ids: IdSource
    keys: KeyRing
    hasher: SecretHasher
    audiences: Audiences
    system: Clock
    """Tokens live on the system's clock, as clients judge them by theirs."""
    movable: Clock
    """What is held is judged on the clock that an emulator can move."""
    grants: tuple[str, ...]
    client_pace: ClientPace
    """Slows down those who guess at the secrets of applications."""
    issuers: IssuerKeys | None = None
    """Finds the keys of the issuers that vouch for workloads."""
    sign_ins: SignInSink = UNWATCHED
    """Is told of sign-ins."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a token: to which tenant, at which origin, with which fields.

    `version` is that of the endpoint, which the token will have.
    """

    place: Place
    origin: str
    form: Mapping[str, str]
    version: Version = Version.V2
    sent_from: SentFrom = field(default_factory=SentFrom)
