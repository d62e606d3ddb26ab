"""The options of the command line, with their environment variables and their place in a file."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, Final, cast

import click

from timebound.server import config as c
from timebound.server.listeners import choose_listeners
from timebound.server.option_making import FILE, FOLDER, Command, option
from timebound.server.origins import check_origins, parse_cors_origins, parse_origin, parse_url
from timebound.server.outgoing_options import CHANNELS, OUTGOING
from timebound.server.tenant_settings import NAMES, SettingError, parse_settings


def _read_config(context: click.Context, _option: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    # One file serves all commands: what is another one's is known and passed over.
    serve = cast("click.Command", apply_options(SERVE)(click.Command("serve")))
    known = _names_of(context.command) | _names_of(serve)
    try:
        options = c.read_config_file(path, known)
    except c.ConfigError as error:
        raise click.UsageError(str(error)) from error
    repeatable = {
        one.name for one in serve.params if isinstance(one, click.Option) and one.multiple
    }
    for name in repeatable & options.keys():
        # Said once, it need not be a list.
        options[name] = [options[name]] if isinstance(options[name], str) else options[name]
    context.default_map = {**(context.default_map or {}), **options}


def _names_of(command: click.Command) -> frozenset[str]:
    return frozenset(one.name for one in command.params if one.name and one.name != "config")


CONFIG: Final = click.option(
    "--config",
    type=FILE,
    envvar="TIMEBOUND_CONFIG",
    show_envvar=True,
    is_eager=True,
    expose_value=False,
    callback=_read_config,
    help="A TOML file with any of these options by name; the command line and the environment "
    "go before it.",
)
STORAGE: Final = (
    CONFIG,
    option(
        "data",
        type=FOLDER,
        default=Path("timebound-data"),
        show_default=True,
        help="The folder for the database, keys and certificates.",
    ),
    option(
        "database-url",
        help="postgresql://USER:PASSWORD@HOST/NAME, or sqlite:///FILE; without it a SQLite file "
        "in the data folder.",
    ),
)
_MASTER_KEY: Final = option(
    "master-key-file",
    type=FILE,
    help="32 bytes in base64 under which signing keys are sealed in the database; the same on "
    "every server. Without it one is made in the data folder.",
)
_SIGNING: Final = option(
    "signing-algorithm",
    type=click.Choice(["RS256", "ES256"]),
    default="RS256",
    show_default=True,
    help="How tokens are signed. Another one than before comes into use with the next key.",
)
SERVE: Final = (
    *STORAGE,
    option(
        "profile",
        type=click.Choice([one.value for one in c.Profile]),
        default=c.Profile.PRODUCTION.value,
        show_default=True,
        help="production, or emulator for development: a test clock, password sign-in, a demo "
        "tenant. Stamped into the database when it is made.",
    ),
    option(
        "host",
        show_default="localhost",
        help="The name or address to listen on.",
    ),
    option(
        "port",
        type=int,
        show_default="8443",
        help="The port to listen on; 0 takes a free one.",
    ),
    option(
        "listen",
        multiple=True,
        metavar="HOST:PORT",
        help="A place to listen on, [ADDRESS]:PORT for IPv6; can be repeated, and goes in the "
        "place of --host and --port.",
    ),
    option(
        "origin",
        multiple=True,
        metavar="URL[=ROLES]",
        help="https://HOST[:PORT] that clients reach the service at, the first one told to them; "
        "can be repeated. ROLES are what is answered there, with commas between: authority, "
        "graph, arm, portal; without them all. Without the option: the names listened on and "
        "those of this machine's loopback. Any other Host is answered 421.",
    ),
    option(
        "cors-origin",
        multiple=True,
        default=["*"],
        show_default=True,
        metavar="URL",
        help="An origin whose pages may call the APIs from a browser, never with credentials that "
        "the browser adds; can be repeated. * is every origin, `none` is none.",
    ),
    option(
        "public-names",
        is_flag=True,
        help="Answer to Microsoft's own host names as well, for clients that have them built in; "
        "emulator only, for namespaces and containers where these names are this machine. Their "
        "certificate is by an authority of its own, made anew at each start.",
    ),
    option(
        "seed",
        type=FILE,
        help="The YAML file of the tenant to make in a new database; an emulator makes the demo "
        "tenant without it.",
    ),
    option(
        "connection",
        type=FILE,
        help="A JSON file to write, for the owner alone, once the service answers: addresses, "
        "people and applications; removed at the stop. An emulator writes connection.json into "
        "its data folder without it.",
    ),
    option(
        "set",
        multiple=True,
        metavar="NAME=VALUE",
        help=f"A setting of the tenant; can be repeated. Names: {', '.join(NAMES)}.",
    ),
    option(
        "plain-http",
        is_flag=True,
        help="Speak plain HTTP instead of TLS, to listed proxies only.",
    ),
    option(
        "trusted-proxy",
        multiple=True,
        metavar="NETWORK",
        help="An address or network (CIDR) whose X-Forwarded-For and -Host are believed; can be "
        "repeated. What it passes on from clients it has to overwrite.",
    ),
    option(
        "tls-certificate",
        type=FILE,
        help="A PEM file with the certificate and its chain; without it one by a local authority "
        "of the data folder's own (see `timebound trust`).",
    ),
    option("tls-key", type=FILE, help="The PEM file with the key of the certificate."),
    *OUTGOING,
    *CHANNELS,
    _MASTER_KEY,
    _SIGNING,
    option(
        "key-life",
        default="P90D",
        show_default=True,
        metavar="DURATION",
        help="How long a key signs before the next one does, which is published a day before; "
        "`never` leaves it to `timebound keys rotate`.",
    ),
    option(
        "refused-passwords",
        type=FILE,
        help="A file with passwords that nobody may choose, besides those that are common: one a "
        "line, or HASH:COUNT lines of SHA-1 hashes in their order, as breached passwords are "
        "published.",
    ),
    option(
        "metrics-reader",
        multiple=True,
        metavar="NETWORK",
        help="An address or network (CIDR) that may read /metrics; can be repeated. Without it "
        "this machine only.",
    ),
    option(
        "log-format",
        type=click.Choice([one.value for one in c.LogFormat]),
        default=c.LogFormat.JSON.value,
        show_default=True,
        help="How log lines are written to the standard error output.",
    ),
    option(
        "log-heads",
        type=FILE,
        help="A file to which every tree head of the log is added; keep it where whoever can "
        "change the database cannot. `timebound audit verify --head` holds the log against it.",
    ),
    option(
        "no-worker",
        is_flag=True,
        help="Leave what falls due, and sealing, to `timebound worker` or to other servers.",
    ),
    option(
        "accept-clock-step",
        is_flag=True,
        help="Start although the system's clock is more than an hour behind what the database "
        "has seen, and go on from the system's time.",
    ),
)
_APPLICATION: Final = (
    *STORAGE,
    option(
        "tenant",
        required=True,
        help="The tenant of the application, by id or domain.",
    ),
    option(
        "application",
        required=True,
        metavar="CLIENT_ID",
        help="The application, by its client id (`appId` in a seed).",
    ),
)
SECRET: Final = (
    *_APPLICATION,
    option(
        "end",
        metavar="WHEN",
        help="When the secret ends: an instant with an offset, or a duration (P180D). Without it "
        "never.",
    ),
    option(
        "keep",
        is_flag=True,
        help="Leave the secrets that the application has beside the new one, until all who use "
        "them know it. Without this they end now.",
    ),
)
UNLINK: Final = (
    *STORAGE,
    option("tenant", required=True, help="The tenant of the person, by id or domain."),
    option("user", required=True, metavar="NAME", help="The person, by user principal name."),
    option("issuer", required=True, metavar="URL", help="Who vouched for the person."),
    option(
        "keep-factors",
        is_flag=True,
        help="Leave the person their passkeys, apps and recovery codes, where they are known to be "
        "their own. Without this they go: whoever came by the link may have set them up.",
    ),
)
CERTIFICATE: Final = (
    *_APPLICATION,
    option(
        "keep",
        is_flag=True,
        help="Leave the certificates that the application has beside the new one. Without this "
        "they end now.",
    ),
)
REPLACE: Final = (*STORAGE, _MASTER_KEY)
BOOTSTRAP: Final = (
    *REPLACE,
    option("tenant", required=True, help="The tenant that is to have one, by id or domain."),
)
ROTATE: Final = (
    *REPLACE,
    option(
        "after",
        default="P1D",
        show_default=True,
        metavar="DURATION",
        help="How long the key is published before it signs: an hour at least, in which clients "
        "may go on with the keys that they have read.",
    ),
)


def apply_options(options: tuple[Any, ...]) -> Callable[[Command], Command]:
    """Gives a command these options, in this order."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


def read_settings(given: dict[str, Any]) -> c.Settings:
    """The configuration that the options come to; ConfigError for what does not fit."""
    tenant_settings = _parse_set(given["set"])
    profile = c.Profile(given["profile"])
    is_emulator = profile is c.Profile.EMULATOR
    default_connection = given["data"] / "connection.json" if is_emulator else None
    readers = c.parse_networks("--metrics-reader", given["metrics_reader"])
    settings = c.Settings(
        profile=profile,
        data=given["data"],
        database_url=given["database_url"],
        listeners=choose_listeners(given["host"], given["port"], given["listen"]),
        origins=tuple(parse_origin(text) for text in given["origin"]),
        has_public_names=given["public_names"],
        cors_origins=parse_cors_origins(given["cors_origin"]),
        seed=given["seed"],
        connection=given["connection"] or default_connection,
        tenant_settings=tenant_settings,
        is_plain_http=given["plain_http"],
        trusted_proxies=c.parse_networks("--trusted-proxy", given["trusted_proxy"]),
        metrics_readers=readers or c.LOOPBACK,
        tls=c.pair_tls_files(given["tls_certificate"], given["tls_key"]),
        master_key_file=given["master_key_file"],
        log_format=c.LogFormat(given["log_format"]),
        accepts_clock_step=given["accept_clock_step"],
        signing_algorithm=given["signing_algorithm"],
        key_life=c.parse_life(given["key_life"]),
        federation_file=given["federation"],
        webhooks_file=given["webhooks"],
        syslog=c.parse_syslog(given["syslog"]) if given["syslog"] else None,
        delivery_attempts=given["delivery_attempts"],
        outgoing_hosts=tuple(parse_url("--outgoing-host", one) for one in given["outgoing_host"]),
        outgoing_networks=c.parse_networks("--outgoing-network", given["outgoing_network"]),
        outgoing_trust=given["outgoing_trust"],
        log_heads=given["log_heads"],
        refused_passwords=given["refused_passwords"],
        has_worker=not given["no_worker"],
        outgoing_proxy=_parse_proxy(given["outgoing_proxy"]),
    )
    return check_origins(c.check_settings(settings))


def _parse_set(given: tuple[str, ...]) -> dict[str, Any]:
    try:
        return dict(parse_settings(given))
    except SettingError as error:
        raise c.ConfigError(f"--set: {error}") from error


def _parse_proxy(text: str | None) -> str | None:
    return parse_url("--outgoing-proxy", text) if text else None
