"""The tree heads of a log, each looked at by itself, and those that were held elsewhere."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.check_ports import CheckStore, UnreadableHead
from timebound.application.log_ports import DamagedLogError, LogSigner, TreeHead
from timebound.application.log_report import Report
from timebound.domain.checkpoints import Checkpoint, Note
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Tree
from timebound.domain.times import Instant

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Logbook:
    """The log that is looked at, and whose signatures count."""

    store: CheckStore
    signer: LogSigner
    tenant_id: TenantId

    def is_signed(self, head: TreeHead) -> bool:
        """Whether this installation has signed a head."""
        return is_head_signed(self.signer, self.tenant_id, head)

    def is_note_signed(self, note: Note) -> bool:
        """Whether this installation has signed a head that was held elsewhere."""
        return any(
            self.signer.is_signed(number, note.text.encode(), one.signature)
            for number in self.signer.numbers
            for one in note.signatures
        )


def is_head_signed(signer: LogSigner, tenant_id: TenantId, head: TreeHead) -> bool:
    """Whether a head of a tenant's log is signed by the key that it names."""
    key = signer.find(head.key_number)
    if key is None:
        return False
    text = Checkpoint(key.name_log(tenant_id), head.tree, head.at).write()
    return signer.is_signed(head.key_number, text.encode(), head.signature)


async def read_heads(book: Logbook, report: Report) -> AsyncIterator[TreeHead]:
    """The heads up to the size of the report, in order; what ails one by itself is told."""
    after, last = -1, None
    while found := await book.store.check_heads(book.tenant_id, after, PAGE):
        for head in found:
            if isinstance(head, UnreadableHead):
                report.tell(f"tree head {head.size!r}", "cannot be read")
            elif head.size > report.size:
                return
            else:
                _look_at(book, report, head, last)
                last = head
                yield head
        size = found[-1].size
        if not isinstance(size, int):
            return
        after = size


def _look_at(book: Logbook, report: Report, head: TreeHead, last: TreeHead | None) -> None:
    report.heads += 1
    place = f"tree head {head.size}"
    if head.previous != (None if last is None else last.size):
        report.tell(place, f"follows {head.previous}, which is not the head before it")
    if last is not None and head.at < last.at:
        report.tell(place, "is older than the head before it")
    if last is not None and head.key_number < last.key_number:
        report.tell(place, f"is signed by key {head.key_number}, which was replaced before")
    if not book.is_signed(head):
        report.tell(place, "is not signed by this installation")
    try:
        _ = head.range
    except DamagedLogError as damage:
        report.tell(place, str(damage))


@dataclass(frozen=True, slots=True)
class Mark:
    """A head that the tree is held against where it has that size, and when it was signed."""

    tree: Tree
    at: Instant
    head: TreeHead | None = None

    @property
    def place(self) -> str:
        """How it is told."""
        where = "" if self.head else " held elsewhere"
        return f"tree head {self.tree.size}{where}"


async def merge_marks(
    heads: AsyncIterator[TreeHead], outside: Sequence[Note]
) -> AsyncIterator[Mark]:
    """All heads by size; those held elsewhere come before those kept beside the log."""
    marks = [Mark(note.checkpoint.tree, note.checkpoint.at) for note in outside]
    waiting = sorted(marks, key=lambda mark: mark.tree.size, reverse=True)
    async for head in heads:
        while waiting and waiting[-1].tree.size <= head.size:
            yield waiting.pop()
        yield Mark(head.tree, head.at, head)
    while waiting:
        yield waiting.pop()
