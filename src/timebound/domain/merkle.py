"""A Merkle tree over a log: roots, proofs and their verification.

Source: RFC 9162, section 2.1. A proof is planned as stretches of leaves, each made of complete
subtrees, so that whoever keeps some subtrees need not read every leaf.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""

_DIGEST: Final = re.compile("[0-9a-f]{64}")
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf; no leaf can be taken for a node."""
    return sha256(_LEAF + entry).digest()


def is_digest(text: str) -> bool:
    """Whether this is how a digest is written: there is one way for each, and no other."""
    return _DIGEST.fullmatch(text) is not None


def digest_leaf(digest: str) -> bytes:
    """The leaf of an event, of its digest; ValueError where that is none."""
    if not is_digest(digest):
        raise ValueError("a digest has 64 hexadecimal digits, in lower case")
    return leaf_hash(bytes.fromhex(digest))


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(_NODE + left + right).digest()


def fold_peaks(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees that get smaller from left to right."""
    if not hashes:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


@dataclass(frozen=True, slots=True)
class Subtree:
    """A complete subtree: the leaves from `index` times 2^`level` on, 2^`level` of them."""

    level: int
    index: int

    @property
    def start(self) -> int:
        """Its first leaf."""
        return self.index << self.level

    @property
    def end(self) -> int:
        """The leaf after its last one."""
        return (self.index + 1) << self.level


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree with its hash."""

    subtree: Subtree
    hash: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """The leaves from `start` up to `end`."""

    start: int
    end: int

    def subtrees(self) -> Iterator[Subtree]:
        """The fewest complete subtrees that have these leaves, from left to right."""
        at = self.start
        while at < self.end:
            room = (self.end - at).bit_length() - 1
            fits = room if at == 0 else min(room, (at & -at).bit_length() - 1)
            yield Subtree(fits, at >> fits)
            at += 1 << fits


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of some size, of which the root alone is known."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class CompactRange:
    """A tree of some size, of which only the complete subtrees at the top are known."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuses what is no tree: there is a peak for each one in the binary form of the size."""
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has not {len(self.peaks)} peaks")

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return fold_peaks(self.peaks)

    @property
    def tree(self) -> Tree:
        """Size and root."""
        return Tree(self.size, self.root)

    def append(self, leaf: bytes) -> "CompactRange":
        """The tree with one more leaf."""
        return self.extend([leaf])[0]

    def extend(self, leaves: Iterable[bytes]) -> tuple["CompactRange", tuple[Node, ...]]:
        """The tree with more leaves, and the subtrees above them that got complete."""
        size, peaks = self.size, list(self.peaks)
        made: list[Node] = []
        for leaf in leaves:
            size += 1
            peaks.append(leaf)
            for level in range(1, (size & -size).bit_length()):
                right, left = peaks.pop(), peaks.pop()
                peaks.append(node_hash(left, right))
                made.append(Node(Subtree(level, (size >> level) - 1), peaks[-1]))
        return CompactRange(size, tuple(peaks)), tuple(made)

    def grow(self, node: Node) -> "CompactRange":
        """The tree with one more complete subtree; ValueError for one that begins elsewhere."""
        if node.subtree.start != self.size:
            raise ValueError(f"a subtree from {node.subtree.start} on is not behind {self.size}")
        size, peaks = node.subtree.end, [*self.peaks, node.hash]
        for _ in range(node.subtree.level + 1, (size & -size).bit_length()):
            right, left = peaks.pop(), peaks.pop()
            peaks.append(node_hash(left, right))
        return CompactRange(size, tuple(peaks))


def plan_inclusion(index: int, size: int) -> tuple[Stretch, ...]:
    """Over which stretches the hashes are that prove a leaf, the nearest first.

    Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[Stretch] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Stretch(middle, end))
            end = middle
        else:
            path.append(Stretch(start, middle))
            start = middle
    return tuple(reversed(path))


def plan_consistency(first: int, second: int) -> tuple[Stretch, ...]:
    """Over which stretches the hashes are that prove the smaller tree to be in the greater one.

    Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 < first <= second:
        raise ValueError(f"no tree of {first} leaves is held against one of {second}")
    path: list[Stretch] = []
    start, end, is_known = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(Stretch(middle, end))
            end = middle
        else:
            path.append(Stretch(start, middle))
            start, is_known = middle, False
    # Whoever verifies knows the root of the smaller tree, where that is a subtree by itself.
    own = () if is_known else (Stretch(start, end),)
    return (*own, *reversed(path))


def _split(size: int) -> int:
    """The greatest power of two that is less than the size."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether the path shows that the leaf is at the index of the tree with the root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(first: Tree, second: Tree, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the greater tree begins with the smaller one.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 < first.size <= second.size:
        return False
    if first.size == second.size:
        return not path and first.root == second.root
    if first.size.bit_count() == 1:
        path = [first.root, *path]
    return bool(path) and _climb(first, second, path)


def _climb(first: Tree, second: Tree, path: Sequence[bytes]) -> bool:
    at, last = first.size - 1, second.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    smaller = greater = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            smaller, greater = node_hash(step, smaller), node_hash(step, greater)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            greater = node_hash(greater, step)
        at, last = at >> 1, last >> 1
    return last == 0 and smaller == first.root and greater == second.root
