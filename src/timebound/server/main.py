"""The `timebound` command."""

import os
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import click

from timebound.cli.clock import clock
from timebound.cli.status import status
from timebound.server import options
from timebound.server.audit_commands import audit
from timebound.server.config import ConfigError, Settings, parse_ahead
from timebound.server.outbox_commands import outbox


@click.group()
def main() -> None:
    """Privileged roles for as long as they are needed."""
    # Whatever is written is for the owner alone, the files of the database too.
    os.umask(0o077)


@main.command()
@options.apply_options(options.SERVE)
def serve(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Run the service until SIGTERM or SIGINT."""
    # What serving needs is loaded only by those who serve.
    from timebound.server.running import run  # noqa: PLC0415 - loaded late on purpose

    try:
        run(options.read_settings(given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@options.apply_options(options.SERVE)
def worker(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Do what falls due and seal the log, without serving, until SIGTERM or SIGINT.

    For servers that run with --no-worker on one PostgreSQL database: give it their options, and a
    data folder of its own. There may be several.
    """
    from timebound.server.running import run_worker  # noqa: PLC0415 - loaded late on purpose

    try:
        run_worker(options.read_settings(given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@options.apply_options(options.STORAGE)
def migrate(data: Path, database_url: str | None) -> None:
    """Bring the database up to date; serving does it too."""
    from timebound.server.database import bring_up_to_date  # noqa: PLC0415 - loaded late on purpose

    settings = Settings(data=data, database_url=database_url)
    try:
        bring_up_to_date(settings)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo("The database is up to date.")


@main.group()
def secret() -> None:
    """Set the secrets that applications sign in with."""


@secret.command("set")
@options.apply_options(options.SECRET)
def set_secret(data: Path, database_url: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Give an application of a production database a new secret, and print that once.

    The service may be running; the database is brought up to date as `migrate` does it.
    """
    from timebound.server.secret_setting import (  # noqa: PLC0415 - loaded late on purpose
        SecretOrder,
        run_order,
    )

    try:
        made = run_order(Settings(data=data, database_url=database_url), SecretOrder(**given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo("The secret follows; it is kept as a hash and cannot be shown again.", err=True)
    click.echo(made)


@main.command()
@options.apply_options(options.BOOTSTRAP)
def bootstrap(tenant: str, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Make a code for the first administrator of a tenant, while nobody can sign in as one.

    It is printed once and takes the place of any other. The service may be running.
    """
    from timebound.server.bootstrapping import (  # noqa: PLC0415 - loaded late on purpose
        make_bootstrap_code,
    )

    try:
        made = make_bootstrap_code(Settings(**given), tenant)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo("The code follows; it counts for a day, until it is used.", err=True)
    click.echo(made)


@main.group()
def federation() -> None:
    """Look after who people are elsewhere."""


@federation.command("unlink")
@options.apply_options(options.UNLINK)
def unlink(data: Path, database_url: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Forget whom an issuer vouched for, take their factors and sign the person out everywhere.

    The service may be running. Who comes again is met for the first time: take the provider, the
    domain or the link out of the federation file first if they are not to come in.
    """
    from timebound.server.unlinking import (  # noqa: PLC0415 - loaded late on purpose
        UnlinkOrder,
        run_unlink,
    )

    try:
        told = run_unlink(Settings(data=data, database_url=database_url), UnlinkOrder(**given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(told)


@main.group()
def certificate() -> None:
    """Set the certificates that applications sign in with."""


@certificate.command("set")
@options.apply_options(options.CERTIFICATE)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def set_certificate(data: Path, database_url: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Let an application of a production database prove itself by the certificate in a PEM FILE.

    Its key stays with the application; a key that is in the file as well is not looked at. The
    service may be running.
    """
    from timebound.server.certificate_setting import (  # noqa: PLC0415 - loaded late on purpose
        CertificateOrder,
        run_certificate_order,
    )

    settings = Settings(data=data, database_url=database_url)
    try:
        thumbprint = run_certificate_order(settings, CertificateOrder(**given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The application may prove itself by the certificate {thumbprint}.")


@main.group()
def keys() -> None:
    """Look after the keys that sign tokens."""


@keys.command("rotate")
@options.apply_options(options.ROTATE)
def rotate_keys(after: str, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Make the next signing key; what the one before has signed counts until it ends.

    The service may be running.
    """
    from timebound.server.key_keeping import rotate_keys as rotate  # noqa: PLC0415 - loaded late

    try:
        told = rotate(Settings(**given), parse_ahead(after))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(told)


@keys.command("replace")
@options.apply_options(options.REPLACE)
def replace_keys(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Put one new signing key into the place of all: no token made before counts any more.

    For a key that somebody else may know. Servers that run learn of it within a minute.
    """
    from timebound.server.key_keeping import replace_keys as replace  # noqa: PLC0415 - loaded late

    try:
        told = replace(Settings(**given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(told)


@main.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("timebound-data"),
    show_default=True,
    envvar="TIMEBOUND_DATA",
    show_envvar=True,
    help="The data folder of the service.",
)
def trust(data: Path) -> None:
    """Tell how to trust the local certificate authority; change nothing."""
    from timebound.server.trust import explain_trust  # noqa: PLC0415 - certificates load slowly

    click.echo(explain_trust(data))


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(installed_version("timebound"))


main.add_command(audit)
main.add_command(outbox)
main.add_command(clock)
main.add_command(status)
