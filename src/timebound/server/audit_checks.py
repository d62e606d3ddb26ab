"""`timebound audit verify`: holds the log against its tree heads and those held elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_report import Report, name_events
from timebound.application.ports import Store
from timebound.domain.checkpoints import Note, read_notes
from timebound.domain.ids import TenantId
from timebound.domain.times import ENDLESS
from timebound.server.config import ConfigError, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.log_keys import LogKeys, read_log_keys
from timebound.server.master_key import open_master_key
from timebound.server.ordering import require_database

_MOST_LATE: Final = 20
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class VerifyOrder:
    """What is verified: the log of one tenant or of all; and against which heads."""

    tenant: str | None = None
    heads: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told of it, and whether all is as it was sealed."""

    lines: Sequence[str]
    is_sound: bool


def run_verify(settings: Settings, order: VerifyOrder, progress: Progress) -> Verdict:
    """The verdict on the log; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order, progress))


async def _run(settings: Settings, order: VerifyOrder, progress: Progress) -> Verdict:
    told: list[str] = []
    notes = [note for path in order.heads for note in read_head_file(path, told)]
    async with open_log(settings) as (store, keys):
        tenants, reports = await choose_tenants(store, order.tenant), []
        for tenant_id in tenants:
            names = keys.name_logs(tenant_id)
            outside = [note for note in notes if note.checkpoint.origin in names]
            book = Logbook(store, keys, tenant_id)
            reports.append(await Check(book, outside, progress).run())
        # A file has the heads of all tenants, whichever of them is looked at.
        lost = await store.lost_logs() if order.tenant is None else ()
        known = {name for one in await store.logged_tenants() for name in keys.name_logs(one)}
    origins = dict.fromkeys(note.checkpoint.origin for note in notes)
    strange = [
        f"the head of `{one}` is of no log that was looked at"
        for one in origins
        if one not in known
    ]
    strange += [f"WRONG {one!r} has events or tree heads, and is no tenant here" for one in lost]
    return _judge(reports, strange, told)


def _judge(reports: Sequence[Report], strange: Sequence[str], told: Sequence[str]) -> Verdict:
    lines = [*told, *(line for report in reports for line in tell_report(report)), *strange]
    return Verdict(lines, not strange and all(report.is_sound for report in reports))


def tell_report(report: Report) -> Iterator[str]:
    """A report as lines for people."""
    yield (
        f"tenant {report.tenant_id}: {report.size} events sealed under {report.heads} tree heads"
    )
    if report.outside:
        yield f"  held against {report.outside} tree heads from elsewhere"
    else:
        yield (
            "  held against no tree head from elsewhere: whoever can write into the database could "
            "have cut it off, or have had it sealed anew"
        )
    if report.emptied:
        yield f"  content removed by retention: {report.emptied} events"
    for stretch in report.late[:_MOST_LATE]:
        yield f"  LATE {name_events(stretch)}: sealed more than an hour after being recorded"
    if len(report.late) > _MOST_LATE:
        yield f"  LATE and {len(report.late) - _MOST_LATE} more"
    if report.unsealed:
        yield f"  not sealed yet, and under no tree head: {report.unsealed} events"
    if report.unseen:
        yield f"  of these not looked at: {report.unseen} events"
    yield from (f"  WRONG {finding}" for finding in report.findings)
    if report.untold:
        yield f"  WRONG and {report.untold} more"
    yield "  sound" if report.is_sound else "  NOT SOUND"


def read_head_file(path: Path, told: list[str]) -> list[Note]:
    """The tree heads of a file; ConfigError for one that has none.

    A part of one is passed over and told: somebody was writing it when the power went.
    """

    def pass_over(why: str) -> None:
        told.append(f"passed over in {path}: {why}")

    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"--head {path}: {error.strerror}") from error
    found = list(read_notes(text, pass_over))
    if not found:
        reason = told[-1] if told else "there is no tree head in it"
        raise ConfigError(f"--head {path}: {reason}")
    return found


@asynccontextmanager
async def open_log(settings: Settings) -> AsyncIterator[tuple[Store, LogKeys]]:
    """The store and the keys of its logs; ConfigError where nothing was ever sealed."""
    master = open_master_key(settings, is_made=False)
    async with open_database(settings) as store:
        keys = await read_log_keys(store, master, ENDLESS)
        if not keys.keys:
            raise ConfigError("nothing was sealed here yet: `timebound serve` does it")
        yield store, keys


async def choose_tenants(store: Store, name: str | None) -> list[TenantId]:
    """The tenant that is named, or all that have a log."""
    if name is None:
        return list(await store.logged_tenants())
    tenant = await store.find_tenant(name) if name.isprintable() else None
    if tenant is None:
        raise ConfigError(f"--tenant {name!r}: there is no such tenant in this database")
    return [tenant.id]
