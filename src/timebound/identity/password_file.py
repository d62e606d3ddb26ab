"""The operator's own list of refused passwords, in a file that may be larger than memory.

Two formats are read: one password a line, and the SHA-1 of one password a line with how often it
was seen, in the order of the hashes, as corpora of breached passwords are published.
"""

import os
import re
from collections.abc import Iterator
from hashlib import blake2b, sha1
from itertools import pairwise
from pathlib import Path
from typing import Final

MOST_PLAIN: Final = 1_000_000
"""How many passwords a list may have that has to be kept in memory."""
_HASHED: Final = re.compile(rb"[0-9A-Fa-f]{40}:\d+\s*")
_OTHER: Final = re.compile(rb"[0-9A-Fa-f]{32}:\d+\s*")
_DIGITS: Final = 40
_LONGEST_LINE: Final = 128
"""As many bytes have the rest of one line and the hash of the next."""
_PROBES: Final = 1000
"""How many places of a sorted file are looked at to see that it is sorted."""


class PasswordFileError(Exception):
    """A list of passwords that cannot be read."""


class HashedPasswords:
    """Hashes in a sorted file, found there by halving; nothing of it is kept in memory."""

    def __init__(self, path: Path) -> None:
        # Kept open: a file that is exchanged is read at the next start.
        self._file = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._file).st_size
        if not self._is_sorted():
            raise PasswordFileError("the hashes are not in order: sort the lines")

    def has(self, password: str) -> bool:
        """Whether the list has a password."""
        told = password.encode("utf-8", "surrogatepass")
        wanted = sha1(told, usedforsecurity=False).hexdigest().upper().encode()
        low, high = 0, self._size
        while low < high:
            middle = (low + high) // 2
            start, line = self._read_line(middle)
            if line == wanted:
                return True
            if not line or line > wanted:
                high = middle
            else:
                low = start + 1
        return False

    def _read_line(self, place: int) -> tuple[int, bytes]:
        """The hash of the first line that begins at a place or behind it, and where it begins."""
        before = max(place - 1, 0)
        text = os.pread(self._file, _LONGEST_LINE, before)
        skipped = 0 if place == 0 else text.find(b"\n") + 1
        if place and not skipped:
            return self._size, b""
        return before + skipped, text[skipped : skipped + _DIGITS].upper()

    def _is_sorted(self) -> bool:
        places = range(0, self._size, max(self._size // _PROBES, 1))
        told = [line for _, line in map(self._read_line, places) if line]
        return all(one <= other for one, other in pairwise(told))


class PlainPasswords:
    """Passwords of a file, kept in memory as digests."""

    def __init__(self, path: Path) -> None:
        self._known: set[bytes] = set()
        for line in _read_lines(path):
            self._known.add(_digest(line))
            if len(self._known) > MOST_PLAIN:
                raise PasswordFileError(
                    f"it has more than {MOST_PLAIN} passwords: use a file of sorted SHA-1 hashes, "
                    "which is not loaded"
                )

    def has(self, password: str) -> bool:
        """Whether the list has a password."""
        return _digest(password.encode("utf-8", "surrogatepass")) in self._known


def open_password_file(path: Path) -> HashedPasswords | PlainPasswords:
    """The list in a file, whichever format it has; PasswordFileError if it cannot be read."""
    try:
        first = next(_read_lines(path), b"")
        if not first:
            raise PasswordFileError("it has no passwords")
        if _OTHER.fullmatch(first):
            raise PasswordFileError("its hashes are not SHA-1: take the file that has these")
        return HashedPasswords(path) if _HASHED.fullmatch(first) else PlainPasswords(path)
    except OSError as error:
        raise PasswordFileError(str(error.strerror)) from error


def _read_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if word := line.rstrip(b"\r\n"):
                yield word


def _digest(password: bytes) -> bytes:
    return blake2b(password, digest_size=16).digest()
