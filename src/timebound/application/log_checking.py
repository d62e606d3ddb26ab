"""Checking a log: each row against its digest, the tree above, its heads, those held elsewhere.

A head that is signed and does not fit what is below it is believed, and the check goes on from it:
so what was done is found between two heads, and not told again of each one behind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.log_heads import PAGE, Logbook, merge_marks, read_heads
from timebound.application.log_ports import KEPT_LEVELS
from timebound.application.log_report import MOST_TOLD, Report, name_events
from timebound.application.log_walk import Walk
from timebound.domain.checkpoints import Note
from timebound.domain.merkle import Stretch, is_digest

MOST_WAITING: Final = 10_000
"""How many of the events that wait to be sealed are looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """What is checked against what; `outside` are tree heads that were held elsewhere.

    `progress` is told how many events were passed, and how many there are.
    """

    book: Logbook
    outside: Sequence[Note] = ()
    progress: Callable[[int, int], None] = lambda _done, _total: None

    async def run(self) -> Report:
        """The report on the whole log, up to the head that is the newest at the beginning."""
        store, tenant_id = self.book.store, self.book.tenant_id
        report = Report(tenant_id)
        # Places before heads: what is sealed meanwhile has both.
        outermost = await store.find_outermost(tenant_id)
        report.size = await store.find_greatest_size(tenant_id)
        _check_outermost(report, outermost)
        await self._check_places(report)
        await self._check_notes(report)
        marks = merge_marks(read_heads(self.book, report), self.outside)
        await self._pass_all(report, Walk(self.book, report, marks))
        report.unsealed = await store.count_unsealed(tenant_id)
        await self._check_waiting(report)
        return report

    async def _pass_all(self, report: Report, walk: Walk) -> None:
        await walk.begin()
        is_going_on = True
        while is_going_on:
            stretch = Stretch(walk.next, report.size)
            rows = await self.book.store.check_rows(self.book.tenant_id, stretch, PAGE)
            for row in rows:
                await walk.take(row)
            await walk.grow()
            self.progress(walk.next, report.size)
            is_going_on = bool(rows)
        await walk.finish()
        await self._count_nodes(report)

    async def _count_nodes(self, report: Report) -> None:
        """Subtrees that nothing is below would be told in proofs that do not hold."""
        # Subtrees before heads: what is sealed meanwhile adds to both.
        found = await self.book.store.count_nodes(self.book.tenant_id)
        size = await self.book.store.find_greatest_size(self.book.tenant_id)
        expected = sum(size >> level for level in KEPT_LEVELS)
        if found > expected:
            report.tell("subtrees", f"there are {found} in place of {expected}")

    async def _check_waiting(self, report: Report) -> None:
        """One that has no digest keeps all behind it from being sealed."""
        rows = await self.book.store.check_waiting(self.book.tenant_id, MOST_WAITING)
        if len(rows) == MOST_WAITING:
            report.unseen = max(0, report.unsealed - len(rows))
        for row in rows:
            place = f"event {row.id}, which waits to be sealed"
            if not is_digest(row.digest):
                report.tell(place, "has no digest: nothing is sealed until it has one")
            elif not row.is_sound:
                report.tell(place, "does not say what its digest was made over")

    async def _check_places(self, report: Report) -> None:
        for place in await self.book.store.find_misplaced(self.book.tenant_id, MOST_TOLD):
            is_place = isinstance(place, int)
            text = "there is more than one" if is_place else "this is no place in a log"
            report.tell(f"event at {place!r}", text)

    async def _check_notes(self, report: Report) -> None:
        for note in self.outside:
            if not self.book.is_note_signed(note):
                place = f"tree head {note.checkpoint.tree.size} held elsewhere"
                report.tell(place, "is not signed by this installation")


def _check_outermost(report: Report, outermost: tuple[object, object]) -> None:
    least, greatest = outermost
    if isinstance(least, int) and least < 0:
        report.tell(f"event at {least}", "this is no place in a log")
    if isinstance(greatest, int) and greatest >= report.size:
        beyond = name_events(Stretch(report.size, greatest + 1))
        report.tell(beyond, "sealed, but no tree head is above")
