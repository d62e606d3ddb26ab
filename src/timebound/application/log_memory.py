"""What a sealer remembers: the tree that it signed last, which the log has to go on from.

Whoever can write into the database alone could take the newest heads away, edit what was below
them, and have the sealer sign it anew. One that remembers does not: what it signs begins with what
it has signed.
"""

from dataclasses import dataclass, field

from timebound.application.log_ports import DamagedLogError, LogStore, TreeHead
from timebound.application.log_proofs import LogProver
from timebound.domain.ids import TenantId
from timebound.domain.merkle import CompactRange, Node, Stretch


class NotFollowedError(Exception):
    """Another sealer has added to the log: that it went on from what is remembered is not shown."""

    def __init__(self, head: TreeHead) -> None:
        super().__init__(f"tree head {head.size}")
        self.head = head


@dataclass(slots=True)
class SealedTrees:
    """The last tree of each tenant that was signed here, or shown to go on from one that was."""

    trees: dict[TenantId, CompactRange] = field(default_factory=dict)

    def compare(self, tenant_id: TenantId, last: TreeHead | None) -> None:
        """DamagedLogError where the last head is not what is remembered, or goes on from it.

        NotFollowedError where it is of a greater tree.
        """
        known = self.trees.get(tenant_id)
        if known is None or (last is not None and last.tree == known.tree):
            return
        if last is None or last.size <= known.size:
            found = "no tree head" if last is None else f"tree head {last.size}"
            raise DamagedLogError(
                f"{found} is not tree head {known.size}, which was signed before it"
            )
        raise NotFollowedError(last)

    async def follow(self, store: LogStore, tenant_id: TenantId, head: TreeHead) -> None:
        """Remembers a signed head, if its tree begins with the one that is remembered.

        What is between is read from the database, and believed only if it makes the root.
        """
        trees = self.trees
        known = trees.get(tenant_id, CompactRange())
        prover, tree = LogProver(store, tenant_id), known
        for one in Stretch(known.size, head.size).subtrees():
            tree = tree.grow(Node(one, await prover.hash_subtree(one)))
        if tree.tree != head.tree:
            raise DamagedLogError(
                f"tree head {head.size} does not go on from tree head {known.size}, "
                "which was signed before it"
            )
        note_tree(trees, tenant_id, tree)

    def forget(self) -> None:
        """Begins anew, with the logs; what is still being sealed of those before is not noted."""
        self.trees = {}


def note_tree(trees: dict[TenantId, CompactRange], tenant_id: TenantId, tree: CompactRange) -> None:
    """Keeps a tree, if it is greater than the one that is known: several seal at once."""
    known = trees.get(tenant_id)
    if known is None or known.size < tree.size:
        trees[tenant_id] = tree
