"""`timebound audit verify --export`: an export, its tree head, and those held elsewhere.

A head that contradicts is told as such. One that stands where the export tells nothing (beyond its
end, or within what it leaves out) says nothing about it, for or against.
"""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from timebound.domain.checkpoints import Note
from timebound.domain.exports import ExportError, ExportTree
from timebound.domain.merkle import Tree
from timebound.server.audit_checks import (
    Verdict,
    VerifyOrder,
    choose_tenants,
    open_log,
    read_head_file,
)
from timebound.server.config import ConfigError, Settings
from timebound.server.database import tell_plainly
from timebound.server.log_keys import LogKeys
from timebound.server.ordering import require_database


def checkpoint_path(export: Path) -> Path:
    """Where the tree head of an export is."""
    return export.with_name(f"{export.name}.checkpoint")


def run_verify_export(settings: Settings, order: VerifyOrder, export: Path) -> Verdict:
    """The verdict on an export; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order, export))


async def _run(settings: Settings, order: VerifyOrder, export: Path) -> Verdict:
    told: list[str] = []
    notes = [note for path in order.heads for note in read_head_file(path, told)]
    beside = checkpoint_path(export)
    own = read_head_file(beside, told) if beside.exists() or not notes else []
    async with open_log(settings) as (store, keys):
        names = {note.checkpoint.origin for note in own}
        if order.tenant is not None:
            [tenant_id] = await choose_tenants(store, order.tenant)
            names = set(keys.name_logs(tenant_id))
    names = names or {note.checkpoint.origin for note in notes}
    if len(names) > 1 and order.tenant is None:
        raise ConfigError("--tenant: which one? The tree heads are of several logs")
    elsewhere = [note for note in notes if note.checkpoint.origin in names]
    checked = ExportCheck(keys, own, elsewhere)
    checked.lines += told
    checked.compare_names(names, is_held=bool(notes))
    return checked.run(export)


@dataclass
class ExportCheck:
    """An export as it is gone through: its own heads, those held elsewhere, and what is told."""

    keys: LogKeys
    own: Sequence[Note]
    elsewhere: Sequence[Note]
    lines: list[str] = field(default_factory=list)
    is_wrong: bool = False
    checked_to: int = -1

    def compare_names(self, names: AbstractSet[str], *, is_held: bool) -> None:
        """Tells which log it is, and whether the heads are of another one."""
        self.lines.append(f"the log is {' or '.join(sorted(names))}")
        for origin in {note.checkpoint.origin for note in self.own} - names:
            self._tell_wrong(f"the tree head beside the export is of another log, {origin}")
        if is_held and not self.elsewhere:
            self._tell_wrong("no tree head that was held elsewhere is of this log")

    def run(self, path: Path) -> Verdict:
        """The verdict on a file of JSON lines."""
        tree, waiting = ExportTree(), self._sort_notes()
        try:
            with path.open("rb") as file:
                self._compare(tree, waiting)
                for line in file:
                    tree.add(line.removesuffix(b"\n"))
                    self._compare(tree, waiting)
        except OSError as error:
            raise ConfigError(f"--export {path}: {error.strerror}") from error
        except ExportError as error:
            self._tell_wrong(f"line of event {tree.size}: {error}")
            return Verdict(self.lines, is_sound=False)
        for note in reversed(waiting):
            self._tell_beyond(note, tree.size)
        self._tell_end(tree)
        return Verdict(self.lines, not self.is_wrong and self.checked_to == tree.size)

    def _sort_notes(self) -> list[Note]:
        """The notes with the smallest at the end; what nobody here has signed is told."""
        notes = {note.text: note for note in (*self.elsewhere, *self.own)}
        for note in notes.values():
            if not self._is_signed(note):
                size = note.checkpoint.tree.size
                self._tell_wrong(f"tree head {size}: not signed by this installation")
        return sorted(notes.values(), key=lambda note: note.checkpoint.tree.size, reverse=True)

    def _compare(self, tree: ExportTree, waiting: list[Note]) -> None:
        while waiting and waiting[-1].checkpoint.tree.size <= tree.size:
            head = waiting.pop().checkpoint.tree
            if head.size < tree.size:
                text = "not checked: the export leaves out the events around it"
                self.lines.append(f"tree head {head.size}: {text}")
            elif head == Tree(tree.size, tree.root):
                self.lines.append(f"tree head {head.size}: the same tree")
                self.checked_to = head.size
            else:
                self._tell_wrong(f"tree head {head.size}: another tree")

    def _tell_beyond(self, note: Note, size: int) -> None:
        head = f"tree head {note.checkpoint.tree.size}"
        if any(note.text == one.text for one in self.own):
            self._tell_wrong(f"{head}: it is beside the export, which ends at event {size}")
        else:
            self.lines.append(f"{head}: not checked: beyond the export, which ends at event {size}")

    def _tell_end(self, tree: ExportTree) -> None:
        self.lines.append(
            f"{tree.told} events told, {tree.by_digest} by their digest alone, "
            f"{tree.left_out} left out"
        )
        if self.checked_to < tree.size:
            behind = f"what is behind event {self.checked_to - 1}" if self.checked_to > 0 else "it"
            self._tell_wrong(f"no tree head that was checked is above {behind}")

    def _tell_wrong(self, text: str) -> None:
        self.is_wrong = True
        self.lines.append(f"WRONG {text}")

    def _is_signed(self, note: Note) -> bool:
        content = note.text.encode()
        return any(
            self.keys.is_signed(number, content, one.signature)
            for number in self.keys.numbers
            for one in note.signatures
        )
