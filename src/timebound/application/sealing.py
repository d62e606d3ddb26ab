"""Sealing: what has been committed gets its place in the log, and a signed tree head above it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from timebound.application.log_heads import is_head_signed
from timebound.application.log_memory import NotFollowedError, SealedTrees, note_tree
from timebound.application.log_ports import (
    KEPT_LEVELS,
    DamagedLogError,
    LogSigner,
    LogStore,
    Sealing,
    SealPlan,
    TreeHead,
    Unsealed,
)
from timebound.domain.checkpoints import Checkpoint, LogKey, write_note
from timebound.domain.ids import TenantId
from timebound.domain.merkle import CompactRange, digest_leaf
from timebound.domain.times import Instant

MOST_TOGETHER: Final = 1000
"""How many events one sealing gives their places at most."""

_LONGEST_RUN: Final = 100
"""How many sealings of one tenant follow one another before the others get their turn."""

MOST_AT_ONCE: Final = _LONGEST_RUN * MOST_TOGETHER
"""Whoever has sealed so many events may not have come to the last one."""


class HeadKeeper(Protocol):
    """Keeps tree heads outside of the database, in its own time."""

    def wake(self, tenant_id: TenantId) -> None:
        """Is told that the log of a tenant has another head; answers at once."""
        ...


@dataclass(frozen=True, slots=True)
class Sealer:
    """What sealing works with, where else the heads go, and what was signed last."""

    store: LogStore
    signer: LogSigner
    keepers: Sequence[HeadKeeper] = ()
    memory: SealedTrees = field(default_factory=SealedTrees)


async def seal_all(sealer: Sealer, at: Instant) -> int:
    """Seals what has been committed of every tenant; answers how many events were sealed.

    A log that is damaged hinders no other: DamagedLogError names it when the others are done.
    Nor does anything else that one comes to, which is raised then.
    """
    sealed, damages, faults = 0, list[str](), list[Exception]()
    for tenant_id in await sealer.store.tenants_to_seal():
        try:
            sealed += await catch_up(sealer, tenant_id, at)
        except DamagedLogError as damage:
            damages.append(f"tenant {tenant_id}: {damage}")
        except Exception as fault:  # noqa: BLE001 - whatever ails one log, the others go on
            faults.append(fault)
    if damages:
        raise DamagedLogError("; ".join([*damages, *map(repr, faults)]))
    if faults:
        raise ExceptionGroup("some logs were not sealed", faults)
    return sealed


async def catch_up(sealer: Sealer, tenant_id: TenantId, at: Instant) -> int:
    """Seals what has been committed of a tenant; answers how many events were sealed.

    Several may do so at once: one of them seals, the others find nothing left to do.
    """
    sealed = 0
    for _ in range(_LONGEST_RUN):
        portion = await _seal_portion(sealer, tenant_id, at)
        sealed += portion
        if portion < MOST_TOGETHER:
            break
    return sealed


async def _seal_portion(sealer: Sealer, tenant_id: TenantId, at: Instant) -> int:
    made, trees = list[TreeHead](), sealer.memory.trees

    def plan(last: TreeHead | None, waiting: Sequence[Unsealed]) -> Sealing:
        sealing = plan_sealing(sealer.signer, tenant_id, last, waiting, at)
        sealer.memory.compare(tenant_id, last)
        made.append(sealing.head)
        return sealing

    sealed = await _seal_followed(sealer, tenant_id, plan)
    if sealed:
        note_tree(trees, tenant_id, made[-1].range)
        for keeper in sealer.keepers:
            keeper.wake(tenant_id)
    return sealed


async def _seal_followed(sealer: Sealer, tenant_id: TenantId, plan: SealPlan) -> int:
    while True:
        try:
            return await sealer.store.seal(tenant_id, MOST_TOGETHER, plan)
        except NotFollowedError as behind:
            # Each time another sealer has come further in between.
            await sealer.memory.follow(sealer.store, tenant_id, behind.head)


def plan_sealing(
    signer: LogSigner,
    tenant_id: TenantId,
    last: TreeHead | None,
    waiting: Sequence[Unsealed],
    at: Instant,
) -> Sealing:
    """The head over the last one and the events that wait, signed.

    DamagedLogError where the last one is not signed: whoever can write into the database alone
    would have their own history signed with the next head.
    """
    before = CompactRange() if last is None else _read_signed(signer, tenant_id, last)
    # Time goes forward in the log, whichever server seals.
    at = at if last is None else max(at, last.at)
    after, nodes = before.extend(_hash_event(one) for one in waiting)
    # Asked once: another key may be the one that signs a moment later.
    number = _choose_key(signer, last)
    checkpoint = Checkpoint(_key_of(signer, number).name_log(tenant_id), after.tree, at)
    head = TreeHead(
        size=after.size,
        root=after.root,
        peaks=after.peaks,
        at=at,
        key_number=number,
        signature=signer.sign(number, checkpoint.write().encode()),
        previous=None if last is None else last.size,
    )
    return Sealing(head, tuple(node for node in nodes if node.subtree.level in KEPT_LEVELS))


def _read_signed(signer: LogSigner, tenant_id: TenantId, last: TreeHead) -> CompactRange:
    _key_of(signer, last.key_number)
    if not is_head_signed(signer, tenant_id, last):
        raise DamagedLogError(f"tree head {last.size} is not signed by this installation")
    return last.range


def _choose_key(signer: LogSigner, last: TreeHead | None) -> int:
    """Never an older key than the last one: that may have been stolen, and was replaced for it."""
    return signer.number if last is None else max(signer.number, last.key_number)


def _hash_event(event: Unsealed) -> bytes:
    try:
        return digest_leaf(event.digest)
    except ValueError as error:
        raise DamagedLogError(
            f"event {event.id}, which waits to be sealed, has no digest"
        ) from error


def write_head_note(signer: LogSigner, tenant_id: TenantId, head: TreeHead) -> str:
    """A tree head as a signed note, to be kept elsewhere."""
    key = _key_of(signer, head.key_number)
    checkpoint = Checkpoint(key.name_log(tenant_id), head.tree, head.at)
    return write_note(checkpoint, key.short_id(tenant_id), head.signature)


def _key_of(signer: LogSigner, number: int) -> LogKey:
    key = signer.find(number)
    if key is None:
        raise DamagedLogError(f"there is no key {number}")
    return key
