"""The operator's own list of refused passwords, in a file that may be larger than memory.

Two formats are read: one password a line, and the SHA-1 of one password a line, with or without
how often it was seen, in the order of the hashes, as corpora of breached passwords are published.
A byte-order mark is no part of a password, nor are comments ahead of the hashes.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b, sha1
from itertools import pairwise
from pathlib import Path
from typing import Final

MOST_PLAIN: Final = 1_000_000
"""How many passwords a list may have that has to be kept in memory."""
_MARK: Final = b"\xef\xbb\xbf"
"""What some editors put at the beginning of a text."""
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
"""The same in a text of UTF-16, no word of which is anybody's password."""
_HASHED: Final = re.compile(rb"[0-9A-Fa-f]{40}(:\d+)?\s*")
_BEGUN: Final = re.compile(rb"[0-9A-Fa-f]{40}(?![0-9A-Fa-f])")
"""What begins with a hash is meant for one, whatever follows: a name, a comma."""
_OTHER: Final = re.compile(rb"([0-9A-Fa-f]{32}|[0-9A-Fa-f]{56,128})(:\d+)?\s*")
_DIGITS: Final = 40
_LONGEST_LINE: Final = 128
"""As many bytes have the rest of one line and the hash of the next."""
_READ_WHOLE: Final = 64 * 1024 * 1024
"""A sorted file up to so many bytes is read once to see that it is sorted."""
_PROBES: Final = 10_000
"""How many places of a larger one are looked at to see so."""


class PasswordFileError(Exception):
    """A list of passwords that cannot be read."""


class HashedPasswords:
    """Hashes in a sorted file, found there by halving; nothing of it is kept in memory."""

    def __init__(self, path: Path, start: int = 0) -> None:
        # Kept open: a file that is exchanged is read at the next start.
        self._file = os.open(path, os.O_RDONLY)
        self._start, self._size = start, os.fstat(self._file).st_size
        try:
            self._check(path)
        except PasswordFileError:
            os.close(self._file)
            raise

    def has(self, password: str) -> bool:
        """Whether the list has a password."""
        told = password.encode("utf-8", "surrogatepass")
        wanted = sha1(told, usedforsecurity=False).hexdigest().upper().encode()
        low, high = self._start, self._size
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
        is_first = place <= self._start
        before = self._start if is_first else place - 1
        text = os.pread(self._file, _LONGEST_LINE, before)
        skipped = 0 if is_first else text.find(b"\n") + 1
        if not (is_first or skipped):
            return self._size, b""
        return before + skipped, text[skipped : skipped + _DIGITS].upper()

    def _check(self, path: Path) -> None:
        if self._size <= _READ_WHOLE:
            told = _read_hashes(path, self._start)
        else:
            places = range(self._start, self._size, self._size // _PROBES)
            told = ((f"the line at byte {at}", line) for at, line in map(self._read_line, places))
        for (_, before), (where, hashed) in pairwise(told):
            if hashed.strip() and not _HASHED.fullmatch(hashed):
                raise PasswordFileError(f"{where} is no SHA-1 hash")
            if b"" < hashed < before:
                raise PasswordFileError(f"{where} is not in the order of the hashes: sort the file")


class PlainPasswords:
    """Passwords of a file, kept in memory as digests."""

    def __init__(self, path: Path) -> None:
        self._known: set[bytes] = set()
        for line in _read_lines(path):
            if _BEGUN.match(line.text):
                raise PasswordFileError(f"line {line.number} is a hash among passwords")
            self._known.add(_digest(line.text))
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
        first = next(_read_lines(path), None)
        if first is None:
            raise PasswordFileError("it has no passwords")
        if first.text.startswith(_WIDE):
            raise PasswordFileError("it is written in UTF-16: save it as UTF-8")
        told = next((one for one in _read_lines(path) if not one.text.startswith(b"#")), first)
        if _OTHER.fullmatch(told.text):
            raise PasswordFileError("its hashes are not SHA-1: take the file that has these")
        is_hashed = _BEGUN.match(told.text) is not None
        return HashedPasswords(path, told.place) if is_hashed else PlainPasswords(path)
    except OSError as error:
        raise PasswordFileError(str(error.strerror)) from error


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not empty, and at which byte it begins."""

    number: int
    place: int
    text: bytes


def _read_hashes(path: Path, start: int) -> Iterator[tuple[str, bytes]]:
    """Each hash of a file and where it is, in words; PasswordFileError at what is none."""
    hashes = (line for line in _read_lines(path) if line.place >= start)
    next_number = 0
    for line in hashes:
        if line.number != (next_number or line.number):
            raise PasswordFileError(f"line {next_number} is empty")
        if not _HASHED.fullmatch(line.text):
            raise PasswordFileError(f"line {line.number} is no SHA-1 hash")
        next_number = line.number + 1
        yield f"line {line.number}", line.text[:_DIGITS].upper()


def _read_lines(path: Path) -> Iterator[_Line]:
    with path.open("rb") as file:
        place = 0
        for number, line in enumerate(file, 1):
            skipped = len(_MARK) if place == 0 and line.startswith(_MARK) else 0
            if word := line[skipped:].rstrip(b"\r\n"):
                yield _Line(number, place + skipped, word)
            place += len(line)


def _digest(password: bytes) -> bytes:
    return blake2b(password, digest_size=16).digest()
