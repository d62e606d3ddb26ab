"""`timebound audit`: what operators ask of the log, with the database at hand."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from timebound.server import options
from timebound.server.config import ConfigError, Settings

_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_TENANT: Final = click.option("--tenant", help="The tenant, by id or domain.")


@click.group()
def audit() -> None:
    """Verify the log, and export it; the service may be running."""


@audit.command("verify")
@options.apply_options(options.REPLACE)
@_TENANT
@click.option(
    "--head",
    "heads",
    type=_FILE,
    multiple=True,
    help="A file with tree heads that were held elsewhere; can be repeated.",
)
@click.option(
    "--export",
    type=_FILE,
    help="An export (JSON lines) to verify in place of the database's log; against its tree head "
    "beside it, and those of --head.",
)
def verify(
    tenant: str | None,
    heads: tuple[Path, ...],
    export: Path | None,
    **given: Any,  # noqa: ANN401 - click hands the options over by name
) -> None:
    """Hold each event against its digest, and all of them against every tree head.

    Ends with 1 if anything is not as it was sealed, and says what.
    """
    from timebound.server.audit_checks import (  # noqa: PLC0415 - loaded late on purpose
        VerifyOrder,
        run_verify,
    )
    from timebound.server.export_checks import run_verify_export  # noqa: PLC0415 - likewise

    order = VerifyOrder(tenant, heads)
    try:
        if export is not None:
            verdict = run_verify_export(Settings(**given), order, export)
        else:
            verdict = run_verify(Settings(**given), order, show_progress)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(verdict.lines))
    sys.exit(0 if verdict.is_sound else 1)


@audit.command("export")
@options.apply_options(options.REPLACE)
@_TENANT
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="JSON lines can be verified; CSV is for tables.",
)
@click.option("--from", "since", metavar="WHEN", help="Only what was recorded from then on.")
@click.option("--to", "until", metavar="WHEN", help="Only what was recorded before.")
@click.option(
    "-o",
    "--output",
    "path",
    type=_FILE,
    help="The file to write, with the tree head in FILE.checkpoint beside it; without it the "
    "standard output.",
)
def export_log(
    tenant: str | None,
    form: str,
    since: str | None,
    until: str | None,
    path: Path | None,
    **given: Any,  # noqa: ANN401 - click hands the options over by name
) -> None:
    """Write what is sealed, an event a line."""
    from timebound.server.audit_exports import (  # noqa: PLC0415 - loaded late on purpose
        ExportOrder,
        run_export,
    )

    order = ExportOrder(tenant, form, since, until, path)
    try:
        verdict = run_export(Settings(**given), order, show_progress)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(verdict.lines), err=True)
    sys.exit(0 if verdict.is_sound else 1)


@audit.command("rotate-key")
@options.apply_options(options.REPLACE)
def rotate_key(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Have another key sign tree heads, in some minutes; the service may be running.

    Prints the key as verifiers take it, for each tenant. Heads signed before keep their key.
    """
    from timebound.server.log_key_rotation import rotate_log_key  # noqa: PLC0415 - loaded late

    try:
        lines = rotate_log_key(Settings(**given))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(lines))


def show_progress(done: int, total: int) -> None:
    """Tells somebody in front of a terminal how far it has come."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        click.echo(f"\r{done:,} of {total:,} events{end}", err=True, nl=False)
