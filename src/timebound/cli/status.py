"""`timebound status`: whether the service answers."""

from http import HTTPStatus
from pathlib import Path

import click

from timebound.cli.calling import CONNECTION, call, explain, read_connection


@click.command()
@CONNECTION
def status(connection: Path) -> None:
    """Tell whether the service is ready, and where it is."""
    content = read_connection(connection)
    url = content.get("graphUrl") or content.get("authority")
    code, answer = call(content, "GET", f"{url}/readyz")
    if code != HTTPStatus.OK:
        raise click.ClickException(f"{url} is not ready: {explain(answer)}")
    click.echo(f"{url} is ready; tenant {content.get('tenantId')}")
