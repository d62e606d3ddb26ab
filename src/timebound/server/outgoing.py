"""Opening what asks others: whom it may ask, and whose certificates it trusts."""

import ssl

from timebound.application.ports import Clock
from timebound.identity.federation.rules import Federation
from timebound.identity.outgoing.calling import Caller
from timebound.identity.outgoing.contracts import OutgoingRules, write_origin
from timebound.identity.outgoing.fetching import Fetcher
from timebound.server.config import ConfigError, Settings
from timebound.server.federation_file import list_issuer_origins


def open_fetcher(settings: Settings, federation: Federation, clock: Clock) -> Fetcher:
    """What reads documents of the hosts that the operator lists, and of nobody else."""
    listed = (write_origin(url) for url in settings.outgoing_hosts)
    origins = list_issuer_origins(federation) | {one for one in listed if one is not None}
    rules = OutgoingRules(origins, settings.outgoing_networks)
    return Fetcher(Caller(rules, trust=_open_trust(settings)), clock)


def _open_trust(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    path = settings.outgoing_trust
    try:
        if path is not None:
            context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"--outgoing-trust {path}: {error}") from error
    return context
