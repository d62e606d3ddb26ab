"""Proofs about a log: that an event is in it, and that one head goes on from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.log_ports import KEPT_LEVELS, LEVEL_STEP, LogStore
from timebound.domain.ids import TenantId
from timebound.domain.merkle import (
    CompactRange,
    Stretch,
    Subtree,
    Tree,
    fold_peaks,
    plan_consistency,
    plan_inclusion,
)

_HIGHEST: Final = max(KEPT_LEVELS)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the leaf is at its place in the tree."""

    position: int
    leaf: bytes
    tree: Tree
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the second tree begins with the first one."""

    first: Tree
    second: Tree
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogProver:
    """Makes proofs about the log of a tenant; what they cost grows with its logarithm.

    DamagedLogError where what a proof needs is not there. A proof that was made of an edited log
    does not verify against a head that was held elsewhere.
    """

    store: LogStore
    tenant_id: TenantId

    async def prove_inclusion(self, position: int, size: int) -> InclusionProof:
        """That an event is in the tree of some size; the size is greater than the position."""
        [leaf] = await self.store.read_hashes(self.tenant_id, 0, position, position + 1)
        path = await self._hash_all(plan_inclusion(position, size))
        return InclusionProof(position, leaf, await self.hash_tree(size), path)

    async def prove_consistency(self, first: int, second: int) -> ConsistencyProof:
        """That the tree of one size begins with that of another, which is not greater."""
        path = await self._hash_all(plan_consistency(first, second))
        trees = await self.hash_tree(first), await self.hash_tree(second)
        return ConsistencyProof(*trees, path)

    async def hash_tree(self, size: int) -> Tree:
        """The tree of some size, as far as there are events."""
        return Tree(size, await self._hash_stretch(Stretch(0, size)))

    async def hash_subtree(self, subtree: Subtree) -> bytes:
        """The hash of a complete subtree, from the layer below that is kept."""
        level = min(subtree.level // LEVEL_STEP * LEVEL_STEP, _HIGHEST)
        hashes = await self.store.read_hashes(
            self.tenant_id, level, subtree.start >> level, subtree.end >> level
        )
        return CompactRange().extend(hashes)[0].root

    async def _hash_all(self, plan: Sequence[Stretch]) -> tuple[bytes, ...]:
        return tuple([await self._hash_stretch(stretch) for stretch in plan])

    async def _hash_stretch(self, stretch: Stretch) -> bytes:
        return fold_peaks([await self.hash_subtree(one) for one in stretch.subtrees()])
