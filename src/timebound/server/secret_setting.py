"""`timebound secret set`: a new client secret, made here and kept as a hash alone."""

import secrets
from dataclasses import dataclass
from typing import Final

from timebound.application.changes import ChangeSet, PutSecret, RemoveSecrets, Write
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import ApplicationId
from timebound.domain.times import Instant
from timebound.identity.hashing import GUARDING, SecretHasher
from timebound.server.config import ConfigError, Settings
from timebound.server.ordering import Addressee, Answered, follow_order
from timebound.server.seed_shapes import resolve_moment
from timebound.server.seeding import CLIENT_SECRET_KIND

_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SecretOrder:
    """Which application gets a secret, whether it keeps those it has, and how long it lasts."""

    tenant: str
    application: str
    keep: bool = False
    end: str | None = None

    def read_end(self, at: Instant) -> Instant | None:
        """When the secret ends, given as an instant or as a duration from `at`; never if none."""
        if self.end is None:
            return None
        try:
            end = resolve_moment(self.end, at)
        except (ValueError, OverflowError) as error:
            raise ConfigError(
                f"--end {self.end!r}: neither an instant with an offset nor a duration as P180D"
            ) from error
        if end <= at:
            raise ConfigError(f"--end {self.end!r}: it is over already")
        return end


def run_order(settings: Settings, order: SecretOrder) -> str:
    """The new secret, once its hash is durable; ConfigError for what cannot be followed."""

    async def plan(addressee: Addressee) -> Answered:
        secret = secrets.token_urlsafe(_BYTES)
        return Answered(_plan(addressee, order, secret), secret)

    return follow_order(settings, order, plan)


def _plan(addressee: Addressee, order: SecretOrder, secret: str) -> ChangeSet:
    """The change that sets the secret, and tells of it without telling it."""
    account, at = addressee.account, addressee.at
    application_id, end = ApplicationId(account.app_id or ""), order.read_end(at)
    put = PutSecret(
        account.id,
        CLIENT_SECRET_KIND,
        SecretHasher(GUARDING).hash(secret),
        key_id=addressee.ids.new_id(),
        end_at=end,
    )
    removed: tuple[Write, ...] = () if order.keep else (RemoveSecrets(application_id),)
    data: dict[str, Fact] = {
        "objectKind": account.kind.value,
        "applicationId": application_id,
        "displayName": account.display_name,
        "keyId": put.key_id,
        "isOnlyOne": not order.keep,
        "end": None if end is None else end.isoformat(),
    }
    told = addressee.open_teller().tell(EventKind.SECRET_ADDED, account.id, data)
    return ChangeSet(
        tenant_id=addressee.tenant.id,
        recorded_at=at,
        expects={},
        bumps=frozenset(),
        writes=(*removed, put),
        events=(told,),
    )
