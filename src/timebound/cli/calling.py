"""Calling the service that a connection file describes."""

import json
import ssl
from pathlib import Path
from typing import Any, Final

import click

CONNECTION: Final = click.option(
    "--connection",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".timebound/connection.json"),
    show_default=True,
    envvar="TIMEBOUND_CONNECTION",
    show_envvar=True,
    help="The connection file that the service has written.",
)
_TIMEOUT: Final = 90.0
"""Seconds: a clock that is moved may wait a minute and more for what falls due."""


def read_connection(path: Path) -> dict[str, Any]:
    """The content of a connection file; a message for the user if there is none to read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(
            f"{path}: {error.strerror}. Is the service running with --connection?"
        ) from error
    except ValueError as error:
        raise click.ClickException(f"{path} is not a connection file: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"{path} is not a connection file")
    return content


def call(
    connection: dict[str, Any], method: str, url: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of an answer; a message for the user if nobody answers."""
    import httpx  # noqa: PLC0415 - only commands that call anybody need it

    context = ssl.create_default_context(cafile=connection.get("caBundle"))
    token = connection.get("controlToken")
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    try:
        with httpx.Client(verify=context, timeout=_TIMEOUT, trust_env=False) as client:
            response = client.request(method, url, json=body, headers=headers)
            content = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise click.ClickException(f"{url} does not answer as it should: {error}") from error
    return response.status_code, content if isinstance(content, dict) else {}


def explain(content: dict[str, Any]) -> str:
    """The message in an error envelope."""
    error = content.get("error")
    return str(error.get("message", error)) if isinstance(error, dict) else str(content)
