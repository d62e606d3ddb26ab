"""Opening what has to do with others: who vouches, whom we may ask, and whom we believe."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from timebound.application.ports import Clock, IdentityStore
from timebound.identity.federation_rules import Federation
from timebound.identity.outgoing.calling import Caller
from timebound.identity.outgoing.fetching import Fetcher
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.outgoing.contracts import OutgoingRules, write_origin
from timebound.server.config import ConfigError, Origin, Settings
from timebound.server.federation_file import list_issuer_origins, read_federation


@dataclass(frozen=True, slots=True)
class Others:
    """Those who vouch for people or programs, and what reads their documents."""

    federation: Federation
    fetcher: Fetcher
    issuers: IssuerKeys


def open_federation(settings: Settings, origins: Sequence[Origin]) -> Federation:
    """Who vouches for people, as the operator says it; ConfigError for what cannot be.

    Nobody vouches at one of our own `origins`: our tokens are judged as ours.
    """
    federation = read_federation(settings.federation_file, list_listed_origins(settings))
    own = list_issuer_origins(federation) & {write_origin(one.url) for one in origins}
    for origin in sorted(own):
        where = f"--federation {settings.federation_file}"
        raise ConfigError(f"{where}: the issuer at {origin} is this service itself")
    return federation


async def open_others(
    settings: Settings, federation: Federation, store: IdentityStore, clock: Clock
) -> Others:
    """Everybody else; ConfigError where they vouch for people of a tenant that is not there."""
    named = {one.tenant for one in federation.providers}
    for tenant in sorted(named | {one.tenant for one in federation.issuers}):
        if await store.find_tenant(tenant) is None:
            where = f"--federation {settings.federation_file}"
            raise ConfigError(f"{where}: there is no tenant `{tenant}`")
    fetcher = open_fetcher(settings, federation, clock)
    return Others(federation, fetcher, IssuerKeys(fetcher))


def open_fetcher(settings: Settings, federation: Federation, clock: Clock) -> Fetcher:
    """What reads documents of the hosts that the operator lists, and of nobody else."""
    origins = list_issuer_origins(federation) | list_listed_origins(settings)
    rules = OutgoingRules(origins, settings.outgoing_networks)
    caller = Caller(rules, trust=open_trust(settings), proxy=settings.outgoing_proxy)
    return Fetcher(caller, clock)


def list_listed_origins(settings: Settings) -> frozenset[str]:
    """The origins that the operator lists by themselves."""
    listed = (write_origin(url) for url in settings.outgoing_hosts)
    return frozenset(one for one in listed if one is not None)


def open_trust(settings: Settings) -> ssl.SSLContext:
    """Whose certificates are believed of others."""
    context = ssl.create_default_context()
    path = settings.outgoing_trust
    try:
        if path is not None:
            context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"--outgoing-trust {path}: {error}") from error
    return context
