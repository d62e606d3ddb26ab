"""Signed tree heads as text, which whoever holds them can keep and compare anywhere.

Sources: C2SP tlog-checkpoint (origin, size, root, further lines) and C2SP signed-note (the text, an
empty line, and a line for each signature); Ed25519 is the signature type 1 there.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from timebound.domain.ids import TenantId
from timebound.domain.merkle import Tree
from timebound.domain.times import Instant

_ED25519: Final = b"\x01"
_MARK: Final = "\u2014 "
_TIME: Final = "time "
_ROOT_BYTES: Final = 32
_ID_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
"""No kind of signature is shorter."""
_SIZE_DIGITS: Final = 18
"""No log grows longer, and no database holds a greater number."""
_SAID: Final = 4
"""The lines of what is signed."""


class NoteError(ValueError):
    """What is no signed tree head; the message says why."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """Whose signature it is: the name of the installation, and its public key (Ed25519)."""

    name: str
    public: bytes

    def name_log(self, tenant_id: TenantId) -> str:
        """The name of a tenant's log; its key has the same name."""
        return f"{self.name}/log/{tenant_id}"

    def short_id(self, tenant_id: TenantId) -> bytes:
        """The four bytes by which a signature says whose it is."""
        named = self.name_log(tenant_id).encode() + b"\n" + _ED25519 + self.public
        return sha256(named).digest()[:_ID_BYTES]

    def write_verifier(self, tenant_id: TenantId) -> str:
        """The key as verifiers of signed notes take it."""
        encoded = b64encode(_ED25519 + self.public).decode()
        return f"{self.name_log(tenant_id)}+{self.short_id(tenant_id).hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the log of an origin had come at an instant."""

    origin: str
    tree: Tree
    at: Instant

    def write(self) -> str:
        """The text that is signed."""
        root = b64encode(self.tree.root).decode()
        at = self.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return f"{self.origin}\n{self.tree.size}\n{root}\n{_TIME}{at}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A line of signature: whose it says it is, and what has to be verified."""

    name: str
    short_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as it was found, with its text as it was signed."""

    text: str
    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]


def write_note(checkpoint: Checkpoint, short_id: bytes, signature: bytes) -> str:
    """The checkpoint with its signature."""
    encoded = b64encode(short_id + signature).decode()
    return f"{checkpoint.write()}\n{_MARK}{checkpoint.origin} {encoded}\n"


def _refuse(why: str) -> None:
    raise NoteError(why)


def read_notes(content: str, pass_over: Callable[[str], None] = _refuse) -> Iterator[Note]:
    """The notes that follow one another in a text, with an empty line between them.

    What is none is a NoteError, or is passed over and told: a file that somebody was writing when
    the power went has a part of one.
    """
    pieces = content.replace("\r\n", "\n").split("\n\n")
    blocks = [block.strip("\n") for block in pieces if block.strip()]
    place = 0
    while place < len(blocks):
        text, lines = blocks[place], blocks[place + 1 : place + 2]
        is_pair = not text.startswith(_MARK) and any(one.startswith(_MARK) for one in lines)
        place += 2 if is_pair else 1
        try:
            note = _read_note(f"{text}\n", lines[0].split("\n")) if is_pair else None
        except NoteError as error:
            pass_over(str(error))
            continue
        if note is None:
            pass_over("a tree head is a text and its signatures, with an empty line between them")
        else:
            yield note


def _read_note(text: str, lines: list[str]) -> Note:
    said = text.split("\n")[:-1]
    if len(said) != _SAID or not _is_size(said[1]):
        raise NoteError("a tree head has an origin, a size, a root and a line with its time")
    origin, size, root, time = said
    if not time.startswith(_TIME):
        raise NoteError("the last line of a tree head is its time")
    found = _decode(root)
    if len(found) != _ROOT_BYTES:
        raise NoteError(f"a root has {_ROOT_BYTES} bytes in base64")
    try:
        at = datetime.fromisoformat(time.removeprefix(_TIME))
    except ValueError as error:
        raise NoteError(f"the time of a tree head: {error}") from error
    return Note(
        text,
        Checkpoint(origin, Tree(int(size), found), at),
        tuple(_read_signature(line) for line in lines),
    )


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _SIZE_DIGITS


def _read_signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_MARK).rpartition(" ")
    content = _decode(encoded)
    if not line.startswith(_MARK) or not name or len(content) < _ID_BYTES + _SIGNATURE_BYTES:
        raise NoteError("a signature is a line with a dash, a name, and base64 of a whole one")
    return NoteSignature(name, content[:_ID_BYTES], content[_ID_BYTES:])


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise NoteError(f"`{text[:80]}` is not base64") from error
