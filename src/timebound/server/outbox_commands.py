"""`timebound outbox`: what operators ask of those who follow the log, and of what was given up."""

from collections.abc import Callable
from typing import Any

import click

from timebound.server import options
from timebound.server.config import ConfigError, Settings


@click.group()
def outbox() -> None:
    """Look after what leaves and what falls due; the service may be running."""


@outbox.command("status")
@options.apply_options(options.STORAGE)
def status(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Tell how far each consumer of the log has come, tenant by tenant."""
    from timebound.server.outbox_orders import show_status  # noqa: PLC0415 - loaded late on purpose

    _follow(show_status, given)


@outbox.command("dead")
@options.apply_options(options.STORAGE)
def dead(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """List dead letters, and due work that was given up, the oldest first."""
    from timebound.server.outbox_orders import show_dead  # noqa: PLC0415 - loaded late on purpose

    _follow(show_dead, given)


@outbox.command("resend")
@options.apply_options(options.STORAGE)
@click.option("--consumer", help="Offer dead letters of this consumer again.")
@click.option("--event", metavar="ID", help="That of this event alone.")
@click.option("--due", is_flag=True, help="Take up again the due work that was given up.")
def resend(consumer: str | None, event: str | None, *, due: bool, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Have what was given up tried again, by the service that runs or runs next."""
    from timebound.server.outbox_orders import (  # noqa: PLC0415 - loaded late on purpose
        ResendOrder,
        run_resend,
    )

    if consumer is None and not due:
        raise click.UsageError("name what is to be tried again: --consumer NAME, or --due")
    if event is not None and consumer is None:
        raise click.UsageError("--event needs --consumer")
    order = ResendOrder(consumer, event, is_due=due)
    _follow(lambda settings: run_resend(settings, order), given)


@outbox.command("forget")
@options.apply_options(options.STORAGE)
@click.option("--consumer", required=True, help="Whose dead letters.")
@click.option("--event", metavar="ID", help="That of this event alone.")
@click.option("--all", "is_all", is_flag=True, help="All that it has.")
def forget(consumer: str, event: str | None, *, is_all: bool, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Drop dead letters for good; the log keeps the events, and tells of each that it was."""
    from timebound.server.outbox_orders import run_forget  # noqa: PLC0415 - loaded late on purpose

    if (event is None) is not is_all:
        raise click.UsageError("name what is to be forgotten: --event ID, or --all")
    _follow(lambda settings: run_forget(settings, consumer, event), given)


@outbox.command("resume")
@options.apply_options(options.STORAGE)
@click.option("--consumer", required=True, help="The consumer, by name.")
def resume(consumer: str, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Go on at once with a consumer that is off, or waits after a failure."""
    from timebound.server.outbox_orders import run_resume  # noqa: PLC0415 - loaded late on purpose

    _follow(lambda settings: run_resume(settings, consumer), given)


@outbox.command("remove")
@options.apply_options(options.STORAGE)
@click.option("--consumer", required=True, help="The consumer, by name.")
def remove(consumer: str, **given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
    """Forget a consumer that is no longer named to any server; its dead letters stay.

    One that is still named begins anew, with the first event of each log.
    """
    from timebound.server.outbox_orders import run_remove  # noqa: PLC0415 - loaded late on purpose

    _follow(lambda settings: run_remove(settings, consumer), given)


def _follow(order: Callable[[Settings], str], given: dict[str, Any]) -> None:
    try:
        click.echo(order(Settings(**given)))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
