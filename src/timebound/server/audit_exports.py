"""`timebound audit export`: the log as a file that can be verified without this service."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from timebound.application.exporting import Export, Form, JsonLines, Sheet, Tally
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError
from timebound.application.ports import Store
from timebound.application.sealing import write_head_note
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.server.audit_checks import (
    Progress,
    Verdict,
    choose_tenants,
    open_log,
)
from timebound.server.config import ConfigError, Settings
from timebound.server.database import tell_plainly
from timebound.server.export_checks import checkpoint_path
from timebound.server.ordering import require_database

FORMS: Final[dict[str, type[Form]]] = {"jsonl": JsonLines, "csv": Sheet}


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is exported, how and where to; without a path to the standard output."""

    tenant: str | None = None
    form: str = "jsonl"
    since: str | None = None
    until: str | None = None
    path: Path | None = None


def run_export(settings: Settings, order: ExportOrder, progress: Progress) -> Verdict:
    """Writes the export and its tree head; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order, progress))


async def _run(settings: Settings, order: ExportOrder, progress: Progress) -> Verdict:
    since, until = _read_instant("--from", order.since), _read_instant("--to", order.until)
    async with open_log(settings) as (store, keys):
        tenant_id = await _choose_tenant(store, order.tenant)
        head = await store.last_head(tenant_id)
        if head is None:
            raise ConfigError("nothing was sealed yet: there is nothing to be exported")
        export = Export(Logbook(store, keys, tenant_id), head.size, since, until, progress)
        try:
            with _open_target(order.path) as target:
                tally = await _write(export, FORMS[order.form](), target)
        except DamagedLogError as damage:
            raise ConfigError(
                f"the log is damaged: {damage}; `timebound audit verify` tells more"
            ) from damage
        note = write_head_note(keys, tenant_id, head)
        if order.path is not None:
            checkpoint_path(order.path).write_text(note, encoding="utf-8")
        return await _conclude(store, tenant_id, tally, note if order.path is None else "")


async def _write(export: Export, form: Form, target: BinaryIO) -> Tally:
    tally = Tally()
    async for part in export.write(form, tally):
        target.write(part)
    return tally


async def _conclude(store: Store, tenant_id: TenantId, tally: Tally, note: str) -> Verdict:
    lines = [note] if note else []
    lines.append(f"{tally.told} events, {tally.emptied} whose content retention has removed")
    unsealed = await store.count_unsealed(tenant_id)
    if unsealed:
        lines.append(f"not sealed yet, and not exported: {unsealed} events")
    if tally.damaged:
        lines.append(
            f"WRONG {tally.damaged} events do not say what was sealed, the first at "
            f"{tally.first_damaged}; `timebound audit verify` tells more"
        )
    return Verdict(lines, not tally.damaged)


@contextmanager
def _open_target(path: Path | None) -> Iterator[BinaryIO]:
    """Where the export goes; a file has its name once it is whole."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise ConfigError(f"--output {path}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


async def _choose_tenant(store: Store, name: str | None) -> TenantId:
    tenants = await choose_tenants(store, name)
    if len(tenants) != 1:
        raise ConfigError(f"--tenant: which one? There are {len(tenants)} with a log")
    return tenants[0]


def _read_instant(option: str, text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text!r}: not an instant as 2030-12-31T00:00:00Z") from error
    if at.tzinfo is None:
        raise ConfigError(f"{option} {text!r}: an instant says its offset, as Z")
    return at
