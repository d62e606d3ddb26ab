"""Verify an export of a Timebound log against tree heads, with nothing but Python's own library.

    python verify_export.py audit.jsonl                    against audit.jsonl.checkpoint
    python verify_export.py audit.jsonl --head heads.txt   against heads that were held elsewhere
    python verify_export.py audit.jsonl --key "NAME+ID+KEY"

Every line of the export is one of three:

    {"actorApplication":...}           an event; SHA-256 over the line is its digest
    {"digest":"..."}                   an event whose content retention has removed
    {"level":3,"subtree":"..."}        2^3 events that were left out

The leaf of an event is SHA-256(0x00 || digest), a node SHA-256(0x01 || left || right) (RFC 9162).
A tree head is a signed note (C2SP signed-note, tlog-checkpoint): the name of the log, its size, its
root, its time; an empty line; signatures (Ed25519, RFC 8032). The key is what the service tells at
/control/log/key as `verifier`; get it when you begin to trust the log, and not with the export.
After a rotation there are several: give --key for each of them.

Of a file with many heads, those that stand beyond the export or within what it leaves out say
nothing about it and are not checked; a part of a head, as a crash leaves it, is passed over. With
--key the heads of other logs are passed over too, and the head beside the export counts as well.

The exit code is 0 if the export is what was sealed, 1 if it is not, and 2 if that cannot be said:
because something cannot be read, or no head that was checked is above the end of the export.
"""

from __future__ import annotations

import argparse
import re
import sys
from base64 import b64decode
from dataclasses import dataclass, field, replace
from hashlib import sha256, sha512
from pathlib import Path

EMPTY_ROOT = sha256(b"").digest()
DIGEST = re.compile(rb'\{"digest":"([0-9a-f]{64})"\}')
SUBTREE = re.compile(rb'\{"level":([1-9]?[0-9]),"subtree":"([0-9a-f]{64})"\}')


class FormatError(ValueError):
    """What is no export, no tree head or no key."""


# ---- the tree (RFC 9162, section 2.1) --------------------------------------------------------


def hash_leaf(digest: bytes) -> bytes:
    """The leaf of an event."""
    return sha256(b"\x00" + digest).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """What is over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """The tree over the lines so far, as the complete subtrees that it ends with."""

    size: int = 0
    told: int = 0
    by_digest: int = 0
    left_out: int = 0
    peaks: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, line: bytes) -> None:
        """Take a line, without its end."""
        subtree, digest = SUBTREE.fullmatch(line), DIGEST.fullmatch(line)
        if subtree:
            self.left_out += 1 << int(subtree[1])
            self.put(int(subtree[1]), bytes.fromhex(subtree[2].decode()))
        elif digest:
            self.by_digest += 1
            self.put(0, hash_leaf(bytes.fromhex(digest[1].decode())))
        else:
            self.told += 1
            self.put(0, hash_leaf(sha256(line).digest()))

    def put(self, level: int, found: bytes) -> None:
        """Put a complete subtree at the end."""
        if self.size % (1 << level):
            raise FormatError(f"a subtree of level {level} cannot begin at event {self.size}")
        self.size += 1 << level
        while self.peaks and self.peaks[-1][0] == level:
            found = hash_node(self.peaks.pop()[1], found)
            level += 1
        self.peaks.append((level, found))

    def root(self) -> bytes:
        """The root over all lines so far."""
        if not self.peaks:
            return EMPTY_ROOT
        found = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            found = hash_node(left, found)
        return found


# ---- Ed25519 (RFC 8032, section 5.1), verification alone -------------------------------------

KEY_BYTES = 32
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(one: Point, other: Point) -> Point:
    """The sum of two points, in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(number: int, point: Point) -> Point:
    """The point added to itself so many times."""
    found: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, point)
        point = add(point, point)
        number >>= 1
    return found


def is_same(one: Point, other: Point) -> bool:
    """Whether two points are one."""
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (
        one[1] * other[2] - other[1] * one[2]
    ) % P == 0


def recover_x(y: int, sign: int) -> int | None:
    """The x of a point, none if there is no such point."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(content: bytes) -> Point | None:
    """A point of 32 bytes."""
    number = int.from_bytes(content, "little")
    y = number & ((1 << 255) - 1)
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = decode_point(BASE_Y.to_bytes(32, "little"))


def is_signed(public: bytes, content: bytes, signature: bytes) -> bool:
    """Whether the signature of the content is by the key."""
    if len(public) != KEY_BYTES or len(signature) != 2 * KEY_BYTES or BASE is None:
        return False
    key, start = decode_point(public), decode_point(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if key is None or start is None or number >= Q:
        return False
    challenge = sha512(signature[:32] + public + content).digest()
    told = multiply(int.from_bytes(challenge, "little") % Q, key)
    return is_same(multiply(number, BASE), add(start, told))


# ---- tree heads (C2SP signed-note and tlog-checkpoint) ---------------------------------------


MARK = "\u2014 "
HASH_BYTES = 32


@dataclass
class Head:
    """A tree head as it was found; one of its own is beside the export."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: list[bytes]
    is_own: bool = False


def read_heads(path: Path) -> list[Head]:
    """The tree heads of a file, one after the other with an empty line between."""
    content = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    blocks = [block.strip("\n") for block in content.split("\n\n") if block.strip()]
    heads: list[Head] = []
    place = 0
    while place < len(blocks):
        text, lines = blocks[place], "".join(blocks[place + 1 : place + 2])
        is_pair = not text.startswith(MARK) and lines.startswith(MARK)
        head = read_head(text + "\n", lines) if is_pair else None
        if head is None:
            print(f"passed over in {path}: {text[:80]!r} begins no whole tree head")
        else:
            heads.append(head)
        place += 2 if is_pair else 1
    if not heads:
        raise FormatError(f"{path}: a tree head is its text, an empty line, and signatures")
    return heads


def read_head(text: str, lines: str) -> Head | None:
    """A tree head from its text and its signatures; none if either is not whole."""
    try:
        origin, size, root, _, _ = text.split("\n")
        signatures = [b64decode(line.rpartition(" ")[2]) for line in lines.split("\n")]
        head = Head(text, origin, int(size), b64decode(root), signatures)
    except ValueError:
        return None
    is_whole = len(head.root) == HASH_BYTES and all(len(one) >= 4 + 64 for one in signatures)
    return head if is_whole else None


def is_head_signed(head: Head, verifier: str) -> bool:
    """Whether the key, as NAME+ID+KEY, has signed the head."""
    name, short_id, encoded = verifier.strip().split("+", 2)
    content = b64decode(encoded)
    found = sha256(name.encode() + b"\n" + content).digest()[:4]
    if found.hex() != short_id or content[:1] != b"\x01":
        raise FormatError("--key: NAME+ID+KEY, as the service tells it")
    return head.origin == name and any(
        one[:4] == found and is_signed(content[1:], head.text.encode(), one[4:])
        for one in head.signatures
    )


# ---- the verdict -----------------------------------------------------------------------------


@dataclass
class Verdict:
    """Whether a head contradicts the export, and up to which event one confirms it."""

    is_contradicted: bool = False
    checked_to: int = -1


def verify(export: Path, heads: list[Head], keys: list[str]) -> int:
    """The exit code for what the heads say of the export; what was found is printed."""
    print(f"the log is {heads[0].origin}")
    tree, verdict = Tree(), Verdict()
    waiting = sorted(heads, key=lambda head: head.size, reverse=True)
    with export.open("rb") as file:
        lines = iter(file)
        while True:
            while waiting and waiting[-1].size <= tree.size:
                compare(tree, waiting.pop(), keys, verdict)
            line = next(lines, None)
            if line is None:
                break
            tree.add(line.removesuffix(b"\n"))
    for head in reversed(waiting):
        verdict.is_contradicted |= head.is_own
        text = "WRONG, it is beside the export, which" if head.is_own else "not checked, the export"
        print(f"tree head {head.size}: {text} ends at event {tree.size}")
    print(f"{tree.told} events, {tree.by_digest} by digest alone, {tree.left_out} left out")
    if not verdict.is_contradicted and verdict.checked_to < tree.size:
        print(f"no head that was checked is above the {tree.size} events of the export")
        return 2
    print("NOT SOUND" if verdict.is_contradicted else "sound")
    return 1 if verdict.is_contradicted else 0


def compare(tree: Tree, head: Head, keys: list[str], verdict: Verdict) -> None:
    """Hold the lines so far against a head that is of as many events, or of fewer."""
    is_by_key = not keys or any(is_head_signed(head, key) for key in keys)
    key_text = "signed by the key" if is_by_key else "WRONG, not signed by the key"
    if tree.size > head.size:
        tree_text, is_same = "not checked, the export leaves out the events around it", None
    else:
        is_same = tree.root() == head.root
        tree_text = "the same tree" if is_same else "WRONG, another tree"
    print(f"tree head {head.size}: {tree_text}; {key_text if keys else 'signature not looked at'}")
    verdict.is_contradicted |= is_same is False or not is_by_key
    if is_same:
        verdict.checked_to = head.size


def choose_heads(export: Path, paths: list[Path], keys: list[str]) -> list[Head]:
    """The heads of the files that are of the log of the export."""
    beside = export.with_name(export.name + ".checkpoint")
    found = {head.text: head for path in paths for head in read_heads(path)}
    if not paths or (keys and beside.exists()):
        found |= {head.text: replace(head, is_own=True) for head in read_heads(beside)}
    names = {key.split("+", 1)[0] for key in keys}
    heads = [head for head in found.values() if not names or head.origin in names]
    if not heads:
        raise FormatError(f"no tree head is of the log of the key: {', '.join(names)}")
    if len({head.origin for head in heads}) > 1:
        raise FormatError("the tree heads are of several logs; --key says which one it is")
    return heads


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="Verify an export of a Timebound log.")
    parser.add_argument("export", type=Path, help="the file of JSON lines")
    parser.add_argument("--head", type=Path, action="append", help="a file with tree heads")
    parser.add_argument("--key", action="append", default=[], help="NAME+ID+KEY; all there were")
    given = parser.parse_args()
    try:
        heads = choose_heads(given.export, given.head or [], given.key)
        return verify(given.export, heads, given.key)
    except (OSError, ValueError) as error:
        print(f"cannot be verified: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
