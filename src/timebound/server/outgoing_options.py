"""The options about whom the service calls: receivers of events, and those who vouch for others."""

from typing import Final

import click

from timebound.server.option_making import FILE, option

CHANNELS: Final = (
    option(
        "webhooks",
        type=FILE,
        help="The YAML file that says which receivers are told of what, by signed requests. Their "
        "hosts may be called.",
    ),
    option(
        "syslog",
        metavar="URL",
        help="tls://HOST[:PORT] of the server that every event is sent to (RFC 5424 over TLS; "
        "port 6514 without one).",
    ),
    option(
        "delivery-attempts",
        type=click.IntRange(min=1),
        default=12,
        show_default=True,
        help="How often an event is offered to a receiver that does not take it, before it is put "
        "aside (see `timebound outbox`).",
    ),
)
OUTGOING: Final = (
    option(
        "federation",
        type=FILE,
        help="The YAML file that says who else vouches for people: providers to sign in with, and "
        "issuers whose tokens are taken. Their hosts may be asked.",
    ),
    option(
        "outgoing-host",
        multiple=True,
        metavar="URL",
        help="https://HOST[:PORT] that may be asked besides the issuers of --federation, as for "
        "keys that are kept elsewhere; can be repeated. http:// where nobody can listen in.",
    ),
    option(
        "outgoing-network",
        multiple=True,
        metavar="NETWORK",
        help="An address or network (CIDR) that is not public and that these hosts may be in; can "
        "be repeated.",
    ),
    option(
        "outgoing-trust",
        type=FILE,
        help="A PEM file with authorities that these hosts' certificates may be of, besides those "
        "that the machine trusts.",
    ),
    option(
        "outgoing-proxy",
        metavar="URL",
        help="http://HOST[:PORT] or https://HOST[:PORT] of the proxy that these hosts are asked "
        "through. The environment's proxies are never used.",
    ),
)
