"""From the first event of a log to its last, meeting each tree head where it stands."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from timebound.application.check_ports import CheckedRow
from timebound.application.log_heads import Logbook, Mark
from timebound.application.log_ports import KEPT_LEVELS, DamagedLogError, TreeHead
from timebound.application.log_report import Report, add_place, name_events
from timebound.domain.events import Event, EventKind
from timebound.domain.merkle import CompactRange, Node, Stretch, Subtree, digest_leaf
from timebound.domain.retention import PLACES, leave_out, read_places

LATE: Final = timedelta(hours=1)
"""What is sealed later than that was waiting for a service that stood still, or is sealed anew."""

_MISSING: Final = "missing"


class Walk:
    """Adds to a report whatever is not as it was sealed.

    The tree is none while it is not known what was sealed, until a signed head tells it again.
    """

    def __init__(self, book: Logbook, report: Report, marks: AsyncIterator[Mark]) -> None:
        self._book = book
        self._report = report
        self._marks = marks
        self._mark: Mark | None = None
        self._tree: CompactRange | None = CompactRange()
        self._leaves: list[bytes] = []
        self._sound_until = 0
        self._emptied: list[Stretch] = []
        self._covered: list[Stretch] = []
        self.next = 0
        """The place of the event that comes next."""

    async def begin(self) -> None:
        """Looks at the first head."""
        self._mark = await anext(self._marks, None)

    async def take(self, row: CheckedRow) -> None:
        """Goes past an event."""
        await self._go_to(row.position)
        place = name_events(Stretch(row.position, row.position + 1))
        if row.is_emptied:
            self._report.emptied += 1
            add_place(self._emptied, row.position)
        elif row.event is None:
            self._report.tell(place, f"({row.id}) is not written as it was sealed")
        elif not row.is_sound:
            self._report.tell(place, f"({row.id}) does not say what its digest was made over")
        elif row.event.kind is EventKind.CONTENT_REMOVED:
            self._cover(row)
        if row.event is not None and self._is_late(row.event):
            add_place(self._report.late, row.position)
        self._add_leaf(row, place)
        self.next = row.position + 1

    async def finish(self) -> None:
        """Meets the heads at the end, and those that are of a longer log."""
        await self._go_to(self._report.size)
        await self._find_uncovered()
        while self._mark is not None:
            await self._step(is_beyond=True)

    async def _find_uncovered(self) -> None:
        """Tells of content that is gone, where not even an event that is sealed later tells it."""
        left = leave_out(self._emptied, self._covered)
        if left:
            late = await self._book.store.check_retention(self._book.tenant_id, self._report.size)
            for row in late:
                self._cover(row)
            left = leave_out(left, self._covered)
        for stretch in left:
            self._report.tell(name_events(stretch), "content is gone, and no retention tells of it")

    def _cover(self, row: CheckedRow) -> None:
        if row.event is not None and row.is_sound:
            told = read_places(row.event.data.get(PLACES))
            is_late = row.position < 0
            self._covered += [one for one in told if is_late or one.end <= row.position]

    async def grow(self) -> None:
        """Puts the events that were passed into the tree."""
        if self._tree is None or not self._leaves:
            return
        self._tree, made = self._tree.extend(self._leaves)
        self._leaves.clear()
        for level in KEPT_LEVELS:
            await self._compare_nodes([one for one in made if one.subtree.level == level])

    async def _go_to(self, position: int) -> None:
        await self._meet(self.next)
        if self.next < position:
            self._report.tell(name_events(Stretch(self.next, position)), _MISSING)
            self._lose()
            self.next = position
            await self._meet(position)

    async def _meet(self, position: int) -> None:
        while self._mark is not None and self._mark.tree.size <= position:
            await self.grow()
            await self._step()

    async def _step(self, *, is_beyond: bool = False) -> None:
        """Holds the tree against the head that comes next."""
        mark = self._mark
        if mark is None:
            return
        if mark.head is None:
            self._report.outside += 1
        if is_beyond:
            gone = name_events(Stretch(self._report.size, mark.tree.size))
            self._report.tell(mark.place, f"the log ends before it: {gone} missing")
        else:
            self._compare(mark)
        self._mark = await anext(self._marks, None)

    def _compare(self, mark: Mark) -> None:
        if self._tree is not None and self._tree.tree == mark.tree:
            self._sound_until = mark.tree.size
            return
        since = name_events(Stretch(self._sound_until, max(mark.tree.size, self._sound_until + 1)))
        text = f"the tree below is another one: look at {since}"
        self._report.tell(mark.place, text)
        if mark.head is not None:
            self._believe(mark.head)

    def _believe(self, head: TreeHead) -> None:
        """Goes on from a head that is signed, whatever is below it."""
        self._lose()
        if head.size == self.next and self._book.is_signed(head):
            with suppress(DamagedLogError):
                self._tree = head.range
                self._sound_until = head.size

    def _add_leaf(self, row: CheckedRow, place: str) -> None:
        try:
            leaf = digest_leaf(row.digest)
        except ValueError:
            self._report.tell(place, f"({row.id}) has no digest")
            self._lose()
            return
        if self._tree is not None:
            self._leaves.append(leaf)

    def _lose(self) -> None:
        self._tree = None
        self._leaves.clear()

    def _is_late(self, event: Event) -> bool:
        return self._mark is not None and self._mark.at - event.recorded_at > LATE

    async def _compare_nodes(self, made: Sequence[Node]) -> None:
        if not made:
            return
        first, last = made[0].subtree, made[-1].subtree
        found = await self._book.store.find_nodes(
            self._book.tenant_id, first.level, first.index, last.index + 1
        )
        for node in made:
            if found.get(node.subtree.index) != node.hash:
                self._report.tell(_name_subtree(node.subtree), "not what is below, or missing")


def _name_subtree(subtree: Subtree) -> str:
    below = name_events(Stretch(subtree.start, subtree.end))
    return f"subtree {subtree.index} of level {subtree.level} over {below}"
