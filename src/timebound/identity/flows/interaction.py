"""What a browser is sent to a page for, sealed so that nobody but us can have written it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import msgspec

from timebound.application.ports import Clock
from timebound.application.sign_in_ports import SignedIn
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.identity.discovery import SHARED_TENANTS
from timebound.identity.sealing import MasterKey, SealError

LIFE: Final = timedelta(hours=1)
"""How long somebody may take for a page."""
FRESH_FOR: Final = timedelta(minutes=10)
"""How long after a sign-in somebody may do what is grave: change how they sign in, or agree to
something for a whole tenant."""
_KEY: Final = "interactions"


@dataclass(frozen=True, slots=True)
class Interaction:
    """Where a browser goes on, and what has to be true of its session before.

    `back` is a path with a query on our own origin. `tenant_id` is none where whoever signs in
    decides it. `factors` are the `amr` values that are lacking: `mfa` is any second factor.
    """

    back: str
    tenant_id: TenantId | None
    application_name: str = ""
    login_hint: str = ""
    fresh_since: Instant | None = None
    """Who signed in before has to sign in anew."""
    factors: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()
    """The authentication contexts for which the factors are lacking, to be told on the page."""
    chooses_account: bool = False
    """Whoever is signed in has to say that it is them who goes on."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What else the page needs that asked for this: nobody can have changed it either."""

    def __post_init__(self) -> None:
        """Refuses what would leave this origin."""
        if not is_local(self.back):
            raise ValueError("`back` is not a path of this origin")

    @property
    def needs_second_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return bool(self.factors)

    def is_fresh(self, who: SignedIn) -> bool:
        """Whether they signed in recently enough."""
        return self.fresh_since is None or who.at >= self.fresh_since

    def is_strong(self, who: SignedIn) -> bool:
        """Whether they used every factor that is needed."""
        return self.factors <= set(who.methods)

    def is_satisfied_by(self, who: SignedIn) -> bool:
        """Whether the browser may go on, once the account is chosen if one has to be."""
        return self.is_fresh(who) and self.is_strong(who)

    def back_in(self, tenant_id: TenantId) -> str:
        """Where the browser goes on, with the tenant by its id in place of a shared name."""
        first, slash, rest = self.back[1:].partition("/")
        return f"/{tenant_id}{slash}{rest}" if first.lower() in SHARED_TENANTS else self.back


class _Content(msgspec.Struct, frozen=True):
    """What is inside."""

    ends_at: Instant
    interaction: Interaction


class Interactions:
    """Seals interactions and opens them again."""

    def __init__(self, master: MasterKey, clock: Clock) -> None:
        self._key = MasterKey(master.derive(_KEY))
        self._clock = clock

    def seal(self, interaction: Interaction) -> str:
        """The interaction as a text for a URL or a form."""
        content = msgspec.json.encode(_Content(self._clock.now() + LIFE, interaction))
        return urlsafe_b64encode(self._key.seal(_KEY, content)).decode().rstrip("=")

    def open(self, text: str, tenant_id: TenantId | None) -> Interaction | None:
        """What was sealed; none for anything else, another tenant's, or what is over.

        One that leaves the tenant open is opened for any; then it is of that tenant.
        """
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            content = msgspec.json.decode(self._key.unseal(_KEY, sealed), type=_Content)
        except (SealError, ValueError):
            return None
        found = content.interaction
        if content.ends_at <= self._clock.now():
            return None
        if found.tenant_id is None:
            return found if tenant_id is None else replace(found, tenant_id=tenant_id)
        return found if tenant_id in {None, found.tenant_id} else None


def is_local(path: str) -> bool:
    """Whether a browser that is sent there stays on this origin."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    return is_path and path.isascii() and path.isprintable() and "\\" not in path
