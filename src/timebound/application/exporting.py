"""Exporting a log: whole or a span of time of it, so that whoever has it can verify it alone."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from timebound.application.check_ports import CheckedRow
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError, TreeHead
from timebound.application.log_proofs import LogProver
from timebound.application.log_report import name_events
from timebound.domain.exports import write_digest, write_subtree
from timebound.domain.merkle import Stretch, is_digest
from timebound.domain.times import Instant

SLACK: Final = timedelta(hours=1)
"""By how much clocks may differ, and sealing lag, without an edited event passing for left out."""

_PAGE: Final = 1000
_COLUMNS: Final = (
    "position",
    "digest",
    "id",
    "kind",
    "recordedAt",
    "effectiveAt",
    "correlationId",
    "actorUser",
    "actorApplication",
    "subject",
    "data",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Tally:
    """How many events were told, how many by their digest alone, and which are damaged."""

    told: int = 0
    emptied: int = 0
    damaged: int = 0
    first_damaged: int | None = None

    def count(self, row: CheckedRow) -> None:
        """Counts an event."""
        if row.is_emptied:
            self.emptied += 1
        elif row.is_sound:
            self.told += 1
        else:
            self.damaged += 1
            self.first_damaged = row.position if self.first_damaged is None else self.first_damaged


@dataclass(frozen=True, slots=True)
class Export:
    """The first `size` events of a log, those recorded in a span of time by what they say.

    `progress` is told how many events were passed, and how many there are to pass. DamagedLogError
    where one of them has no row any more: it must not pass for left out.
    """

    book: Logbook
    size: int
    since: Instant | None = None
    until: Instant | None = None
    progress: Callable[[int, int], None] = lambda _done, _total: None

    async def write(self, form: "Form", tally: Tally) -> AsyncIterator[bytes]:
        """The parts of the export, each a page at most; whatever its size, little is held."""
        yield form.head
        span = await self._find_span()
        if span.start:
            yield await form.leave_out(self, Stretch(0, span.start))
        place = span.start
        while place < span.end:
            rest = Stretch(place, span.end)
            rows = await self.book.store.check_rows(self.book.tenant_id, rest, _PAGE)
            _require_all(rows, rest)
            yield await self._write_page(form, rows, place, tally)
            place = rows[-1].position + 1
            self.progress(place - span.start, span.end - span.start)
        if place < self.size:
            yield await form.leave_out(self, Stretch(place, self.size))

    async def _find_span(self) -> Stretch:
        """Where the rows are looked at: more than what is asked for, whatever these rows say."""
        if self.since is None and self.until is None:
            return Stretch(0, self.size)
        store, tenant_id = self.book.store, self.book.tenant_id
        start, end = await self._find_start(), await self._find_end()
        found = await store.find_span(tenant_id, self.since, self.until)
        if found is not None:
            # What was sealed late is there as well.
            start, end = min(start, found.start), max(end, found.end)
        start = min(start, self.size)
        return Stretch(start, max(start, min(end, self.size)))

    async def _find_start(self) -> int:
        if self.since is None:
            return 0
        before = _shift(self.since, -SLACK)
        head = await self.book.store.find_head_before(self.book.tenant_id, before)
        return 0 if head is None else self._read_size(head)

    async def _find_end(self) -> int:
        if self.until is None:
            return self.size
        behind = _shift(self.until, SLACK)
        head = await self.book.store.find_head_behind(self.book.tenant_id, behind)
        return self.size if head is None else self._read_size(head)

    def _read_size(self, head: TreeHead) -> int:
        if not self.book.is_signed(head):
            raise DamagedLogError(f"tree head {head.size} is not signed by this installation")
        return head.size

    async def _write_page(
        self, form: "Form", rows: Sequence[CheckedRow], place: int, tally: Tally
    ) -> bytes:
        parts: list[bytes] = []
        for row in rows:
            if not self._is_asked(row):
                continue
            if place < row.position:
                parts.append(await form.leave_out(self, Stretch(place, row.position)))
            if not is_digest(row.digest):
                raise DamagedLogError(f"event {row.position} has no digest")
            tally.count(row)
            parts.append(form.tell(row))
            place = row.position + 1
        end = rows[-1].position + 1
        if place < end:
            parts.append(await form.leave_out(self, Stretch(place, end)))
        return b"".join(parts)

    def _is_asked(self, row: CheckedRow) -> bool:
        if self.since is None and self.until is None:
            return True
        if not row.is_sound and not row.is_emptied:
            # When it was recorded is not known any more: it must not pass for left out.
            return True
        if row.event is None:
            return False
        at = row.event.recorded_at
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def _require_all(rows: Sequence[CheckedRow], rest: Stretch) -> None:
    for place, row in enumerate(rows, rest.start):
        if row.position != place:
            raise DamagedLogError(f"event {place} is missing, or another one is twice")
    if not rows:
        raise DamagedLogError(f"{name_events(rest)}: missing")


def _shift(at: Instant, by: timedelta) -> Instant:
    try:
        return at + by
    except OverflowError:
        return at


class Form(Protocol):
    """How an export is written."""

    @property
    def head(self) -> bytes:
        """What it begins with."""
        ...

    def tell(self, row: CheckedRow) -> bytes:
        """An event."""
        ...

    async def leave_out(self, export: Export, places: Stretch) -> bytes:
        """What stands for events that are not told."""
        ...


class JsonLines:
    """A line of JSON for each event, and for what was left out: it can be verified."""

    head: bytes = b""

    def tell(self, row: CheckedRow) -> bytes:
        """The document that the digest was made over, or the digest where that is all there is."""
        is_whole = row.is_sound and row.document is not None
        return f"{row.document if is_whole else write_digest(row.digest)}\n".encode()

    async def leave_out(self, export: Export, places: Stretch) -> bytes:
        """The subtrees over the events that are not told."""
        prover = LogProver(export.book.store, export.book.tenant_id)
        lines = [write_subtree(one, await prover.hash_subtree(one)) for one in places.subtrees()]
        return "".join(f"{line}\n" for line in lines).encode()


class Sheet:
    """Comma-separated values, for people and their tables."""

    @property
    def head(self) -> bytes:
        """The names of the columns."""
        return _write_row(_COLUMNS)

    def tell(self, row: CheckedRow) -> bytes:
        """The event in columns; its place and its digest where that is all there is."""
        event = row.event if row.is_sound else None
        if event is None:
            return _write_row([str(row.position), row.digest, row.id])
        document = msgspec.json.decode(row.document or "{}")
        said = [document.get(name) for name in _COLUMNS[2:-1]]
        data = msgspec.json.encode(document["data"]).decode()
        return _write_row([str(row.position), row.digest, *said, data])

    async def leave_out(self, _export: Export, _places: Stretch) -> bytes:
        """Nothing: what is not told has no row."""
        return b""


def _write_row(cells: Sequence[str | None]) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow([_disarm(cell or "") for cell in cells])
    return made.getvalue().encode()


def _disarm(cell: str) -> str:
    """The cell as a text; programs that calculate take some beginnings for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
