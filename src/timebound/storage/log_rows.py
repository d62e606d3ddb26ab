"""Rows of the log and what they say, in both directions."""

from typing import Final

from timebound.application.log_ports import TreeHead
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import ApplicationId, EventId, PrincipalId, TenantId
from timebound.domain.merkle import Node
from timebound.storage.columns import read_instant
from timebound.storage.documents import read_facts
from timebound.storage.rows import Row
from timebound.storage.statements import Values

EVENT_COLUMNS: Final = (
    "id",
    "kind",
    "effective_at",
    "recorded_at",
    "correlation_id",
    "actor_user_id",
    "actor_application_id",
    "subject_id",
    "data",
)
HEAD_COLUMNS: Final = ("size", "previous", "root", "peaks", "at", "key_number", "signature")
_HASH_BYTES: Final = 32
_KINDS: Final = {kind.value: kind for kind in EventKind}


def read_event(row: Row) -> Event:
    """The event of a row; ValueError or KeyError where it is none."""
    user_id, application_id = row[5], row[6]
    return Event(
        EventId(row[0]),
        _KINDS[row[1]],
        read_instant(row[2]),
        read_instant(row[3]),
        row[4],
        Actor(
            None if user_id is None else PrincipalId(user_id),
            None if application_id is None else ApplicationId(application_id),
        ),
        row[7],
        read_facts(row[8]),
    )


def read_head(row: Row) -> TreeHead:
    """The tree head of a row; ValueError or another of the flaws where it is none."""
    numbers = (row[0], row[5], 0 if row[1] is None else row[1])
    if not all(isinstance(one, int) for one in numbers):
        # SQLite keeps 1.5, and texts, where a number belongs.
        raise ValueError("a size or the number of a key is no number")
    joined = read_bytes(row[3])
    return TreeHead(
        size=row[0],
        root=read_bytes(row[2]),
        peaks=tuple(joined[i : i + _HASH_BYTES] for i in range(0, len(joined), _HASH_BYTES)),
        at=read_instant(row[4]),
        key_number=row[5],
        signature=read_bytes(row[6]),
        previous=row[1],
    )


def read_bytes(value: object) -> bytes:
    """The bytes that a column holds; TypeError for anything else."""
    if not isinstance(value, bytes):
        raise TypeError("these are no bytes")
    return value


def write_head(tenant_id: TenantId, head: TreeHead) -> Values:
    """The row of a tree head."""
    return {
        "tenant_id": tenant_id,
        "size": head.size,
        "previous": head.previous,
        "root": head.root,
        "at": head.at,
        "peaks": b"".join(head.peaks),
        "key_number": head.key_number,
        "signature": head.signature,
    }


def write_node(tenant_id: TenantId, node: Node) -> Values:
    """The row of a subtree."""
    return {
        "tenant_id": tenant_id,
        "level": node.subtree.level,
        "position": node.subtree.index,
        "hash": node.hash,
    }
