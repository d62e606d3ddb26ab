"""`timebound clock`: an emulator's clock, moved over HTTP."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

import click

from timebound.cli.calling import CONNECTION, call, explain, read_connection


@click.group()
def clock() -> None:
    """Show and move the clock of a running emulator."""


@clock.command()
@CONNECTION
def show(connection: Path) -> None:
    """Print what time it is there."""
    _ask(connection, "GET", "clock")


@clock.command()
@click.argument("duration", metavar="DURATION")
@CONNECTION
def advance(duration: str, connection: Path) -> None:
    """Set the clock ahead by an ISO 8601 DURATION such as PT8H."""
    _ask(connection, "POST", "clock", {"advance": duration})


@clock.command(name="set")
@click.argument("instant", metavar="INSTANT")
@CONNECTION
def set_(instant: str, connection: Path) -> None:
    """Set the clock ahead to an INSTANT such as 2027-01-31T12:00:00Z."""
    _ask(connection, "POST", "clock", {"now": instant})


@clock.command()
@click.option("--thaw", is_flag=True, help="Let time go on again.")
@CONNECTION
def freeze(connection: Path, *, thaw: bool) -> None:
    """Make time stand still."""
    _ask(connection, "POST", "clock", {"freeze": not thaw})


@clock.command()
@CONNECTION
def reset(connection: Path) -> None:
    """Go back to the seed: tenant, clock and ids as they were in the beginning."""
    _ask(connection, "POST", "reset", {})


def _ask(path: Path, method: str, operation: str, body: dict[str, Any] | None = None) -> None:
    connection = read_connection(path)
    url = connection.get("controlUrl")
    if url is None:
        raise click.ClickException("this service has no clock that can be moved")
    status, content = call(connection, method, f"{url}/{operation}", body)
    if status != HTTPStatus.OK:
        raise click.ClickException(explain(content))
    suffix = " (frozen)" if content.get("isFrozen") else ""
    click.echo(f"{content.get('now')}{suffix}")
