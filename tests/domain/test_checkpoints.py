"""Tree heads as signed notes: written, read, and refused where they are none."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from timebound.domain.checkpoints import Checkpoint, LogKey, NoteError, read_notes, write_note
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Tree

AT = datetime(2030, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
ROOT = bytes(range(32))
TENANT = TenantId("7a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e11")
KEY = LogKey("pim.example", b"k" * 32)
ORIGIN = f"pim.example/log/{TENANT}"
CHECKPOINT = Checkpoint(ORIGIN, Tree(42, ROOT), AT)
TEXT = f"{ORIGIN}\n42\n{b64encode(ROOT).decode()}\ntime 2030-03-01T12:00:00.000005Z\n"


@pytest.mark.documented("C2SP tlog-checkpoint: origin, size, root, further lines")
def test_a_checkpoint_is_lines() -> None:
    assert CHECKPOINT.write() == TEXT


@pytest.mark.documented("C2SP signed-note: key id = SHA-256(name, newline, type, key), 4 bytes")
def test_a_note_has_the_id_of_its_key() -> None:
    said = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + b"k" * 32).digest()[:4]
    assert KEY.short_id(TENANT) == said
    encoded = b64encode(b"\x01" + b"k" * 32).decode()
    assert KEY.write_verifier(TENANT) == f"{ORIGIN}+{said.hex()}+{encoded}"
    note = write_note(CHECKPOINT, said, b"s" * 64)
    assert note == f"{TEXT}\n\u2014 {ORIGIN} {b64encode(said + b's' * 64).decode()}\n"


@pytest.mark.documented("C2SP signed-note: a note is its text, an empty line, and signatures")
def test_notes_are_read_as_they_were_written() -> None:
    note = write_note(CHECKPOINT, b"idid", b"s" * 64)
    for content in (note, f"{note}\n{note}", f"{note}\n{note}\n", note.replace("\n", "\r\n")):
        for found in read_notes(content):
            assert (found.text, found.checkpoint) == (TEXT, CHECKPOINT)
            [signature] = found.signatures
            assert (signature.name, signature.short_id) == (ORIGIN, b"idid")
            assert signature.signature == b"s" * 64
    assert len(list(read_notes(f"{note}\n{note}"))) == 2
    assert list(read_notes("")) == []


@pytest.mark.inferred("what is not understood is told, not passed over")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n42\n", "\n-4\n"),
        ("\n42\n", "\n\u0664\n"),
        ("\n42\n", f"\n{'4' * 5000}\n"),
        ("time", "tide"),
        ("2030-", "20x0-"),
        (b64encode(ROOT).decode(), "!"),
        (b64encode(ROOT).decode(), "AAAA"),
        ("\u2014 ", "- "),
        ("\n\n", "\n"),
        (b64encode(b"idid" + b"s" * 64).decode(), "AAAA"),
    ],
)
def test_what_is_no_note_is_refused(old: str, new: str) -> None:
    note = write_note(CHECKPOINT, b"idid", b"s" * 64)
    assert old in note
    with pytest.raises(NoteError):
        list(read_notes(note.replace(old, new, 1)))
