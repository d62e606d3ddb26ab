"""`timebound audit verify`: holds the log against its tree heads and those held elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_report import Report
from timebound.application.ports import Store
from timebound.domain.checkpoints import Note, NoteError, read_notes
from timebound.domain.exports import ExportError, ExportTree
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Tree
from timebound.server.config import ConfigError, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.log_keys import LogKeys, read_log_keys
from timebound.server.master_key import open_master_key
from timebound.server.ordering import require_database

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class VerifyOrder:
    """What is verified: the log of one tenant or of all, or an export; and against which heads."""

    tenant: str | None = None
    heads: Sequence[Path] = ()
    export: Path | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told of it, and whether all is as it was sealed."""

    lines: Sequence[str]
    is_sound: bool


def run_verify(settings: Settings, order: VerifyOrder, progress: Progress) -> Verdict:
    """The verdict on the log or the export; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order, progress))


async def _run(settings: Settings, order: VerifyOrder, progress: Progress) -> Verdict:
    notes = [note for path in order.heads for note in read_head_file(path)]
    async with open_log(settings) as (store, keys):
        if order.export is not None:
            paths = order.heads or [checkpoint_path(order.export)]
            held = [note for path in paths for note in read_head_file(path)]
            return verify_export(order.export, held, keys)
        tenants = await choose_tenants(store, order.tenant)
        reports, rest = [], list(notes)
        for tenant_id in tenants:
            names = {keys.name_log(number, tenant_id) for number in keys.numbers}
            outside = [note for note in notes if note.checkpoint.origin in names]
            rest = [note for note in rest if note not in outside]
            book = Logbook(store, keys, tenant_id)
            reports.append(await Check(book, outside, progress).run())
    return _judge(reports, rest)


def _judge(reports: Sequence[Report], strange: Sequence[Note]) -> Verdict:
    lines = [line for report in reports for line in tell_report(report)]
    lines += [
        f"the head of `{note.checkpoint.origin}` is of no log that was looked at"
        for note in strange
    ]
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
            "  held against no tree head from elsewhere: whoever has the database and the master "
            "key could have sealed it anew"
        )
    if report.emptied:
        yield f"  content removed by retention: {report.emptied} events"
    if report.unsealed:
        yield f"  not sealed yet, and not verified: {report.unsealed} events"
    yield from (f"  WRONG {finding}" for finding in report.findings)
    if report.untold:
        yield f"  WRONG and {report.untold} more"
    yield "  sound" if report.is_sound else "  NOT SOUND"


def verify_export(path: Path, notes: Sequence[Note], keys: LogKeys) -> Verdict:
    """The verdict on a file of JSON lines against tree heads."""
    waiting = sorted(notes, key=lambda note: note.checkpoint.tree.size, reverse=True)
    tree, lines, is_sound = ExportTree(), [], bool(notes)

    def compare() -> None:
        nonlocal is_sound
        while waiting and waiting[-1].checkpoint.tree.size <= tree.size:
            head = waiting.pop().checkpoint.tree
            is_same = head == Tree(tree.size, tree.root)
            is_sound &= is_same
            verdict = "the same tree" if is_same else "WRONG another tree"
            if head.size < tree.size:
                verdict = "CANNOT be held against this: events around it are left out"
            lines.append(f"tree head {head.size}: {verdict}")

    try:
        with path.open("rb") as file:
            compare()
            for line in file:
                tree.add(line.removesuffix(b"\n"))
                compare()
    except OSError as error:
        raise ConfigError(f"--export {path}: {error.strerror}") from error
    except ExportError as error:
        return Verdict([*lines, f"WRONG line of event {tree.size}: {error}"], is_sound=False)
    signed = [_tell_signature(note, keys) for note in notes]
    lines += [text for text in signed if text]
    lines += [f"WRONG tree head {one.checkpoint.tree.size}: beyond the export" for one in waiting]
    lines.append(
        f"{tree.told} events told, {tree.by_digest} by their digest alone, {tree.left_out} left out"
    )
    return Verdict(lines, is_sound and not waiting and not any(signed))


def _tell_signature(note: Note, keys: LogKeys) -> str:
    content = note.text.encode()
    is_signed = any(
        keys.is_signed(number, content, one.signature)
        for number in keys.numbers
        for one in note.signatures
    )
    size = note.checkpoint.tree.size
    return "" if is_signed else f"WRONG tree head {size}: not signed by this installation"


def read_head_file(path: Path) -> list[Note]:
    """The tree heads of a file; ConfigError for one that has none."""
    try:
        found = list(read_notes(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"--head {path}: {error.strerror}") from error
    except (NoteError, UnicodeDecodeError) as error:
        raise ConfigError(f"--head {path}: {error}") from error
    if not found:
        raise ConfigError(f"--head {path}: there is no tree head in it")
    return found


def checkpoint_path(export: Path) -> Path:
    """Where the tree head of an export is."""
    return export.with_name(f"{export.name}.checkpoint")


@asynccontextmanager
async def open_log(settings: Settings) -> AsyncIterator[tuple[Store, LogKeys]]:
    """The store and the keys of its logs; ConfigError where nothing was ever sealed."""
    master = open_master_key(settings, is_made=False)
    async with open_database(settings) as store:
        keys = await read_log_keys(store, master)
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
