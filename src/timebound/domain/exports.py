"""Exports of a log as lines of JSON: each event, and what stands for those that are not told.

A line is the document that the digest of an event was made over; or the digest alone, of an event
whose content retention has removed; or a subtree over events that were left out. So the tree can
be built again from the lines, and held against a tree head.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from timebound.domain.merkle import Subtree, fold_peaks, leaf_hash, node_hash

_DIGEST: Final = re.compile(rb'\{"digest":"([0-9a-f]{64})"\}')
_SUBTREE: Final = re.compile(rb'\{"level":([1-9]?[0-9]),"subtree":"([0-9a-f]{64})"\}')


class ExportError(ValueError):
    """A line that no export has."""


def write_digest(digest: str) -> str:
    """The line of an event that is told by its digest alone."""
    return f'{{"digest":"{digest}"}}'


def write_subtree(subtree: Subtree, hash_: bytes) -> str:
    """The line over events that are left out; a single one is told by its leaf."""
    return f'{{"level":{subtree.level},"subtree":"{hash_.hex()}"}}'


@dataclass(slots=True)
class ExportTree:
    """The tree that the lines of an export make, and how many events they tell in which way."""

    size: int = 0
    told: int = 0
    by_digest: int = 0
    left_out: int = 0
    _peaks: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def root(self) -> bytes:
        """The root over all lines so far."""
        return fold_peaks([hash_ for _, hash_ in self._peaks])

    def add(self, line: bytes) -> None:
        """Takes a line without its end; ExportError for one that no export has."""
        subtree, digest = _SUBTREE.fullmatch(line), _DIGEST.fullmatch(line)
        if subtree is not None:
            level = int(subtree[1])
            self.left_out += 1 << level
            self._put(level, bytes.fromhex(subtree[2].decode()))
        elif digest is not None:
            self.by_digest += 1
            self._put(0, leaf_hash(bytes.fromhex(digest[1].decode())))
        else:
            self.told += 1
            self._put(0, leaf_hash(sha256(line).digest()))

    def _put(self, level: int, hash_: bytes) -> None:
        if self.size % (1 << level):
            raise ExportError(f"a subtree of level {level} cannot begin at event {self.size}")
        self.size += 1 << level
        while self._peaks and self._peaks[-1][0] == level:
            _, left = self._peaks.pop()
            level, hash_ = level + 1, node_hash(left, hash_)
        self._peaks.append((level, hash_))
