"""The operator's list of refused passwords: both formats, and what is no list."""

from collections.abc import Iterable
from hashlib import sha1
from pathlib import Path

import pytest

from timebound.identity import password_file
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.identity.password_file import (
    HashedPasswords,
    PasswordFileError,
    PlainPasswords,
    open_password_file,
)

ISSUE = pytest.mark.documented("issue 3: breached passwords are refused from a local list")
pytestmark = ISSUE
BREACHED = tuple(f"Larkfield-{number}" for number in range(5000))


def digest(password: str) -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def write(folder: Path, lines: Iterable[str], end: str = "\n") -> Path:
    path = folder / "refused.txt"
    path.write_bytes("".join(f"{one}{end}" for one in lines).encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("is_lower", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 5000])
def test_hashes_are_found_where_they_are_and_nowhere_else(
    tmp_path: Path, end: str, number: int, *, is_lower: bool
) -> None:
    lines = sorted(f"{digest(one)}:{7 ** (len(one) % 9)}" for one in BREACHED[:number])
    known = open_password_file(write(tmp_path, map(str.lower, lines) if is_lower else lines, end))
    assert isinstance(known, HashedPasswords)
    assert all(known.has(one) for one in BREACHED[:number])
    others = [f"Moorfield-{other}" for other in range(2000)]
    assert not [one for one in (*others, *BREACHED[number:], "", "\udcff") if known.has(one)]


def test_a_last_line_need_not_end(tmp_path: Path) -> None:
    lines = sorted(f"{digest(one)}:1" for one in BREACHED[:9])
    path = tmp_path / "refused.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert all(open_password_file(path).has(one) for one in BREACHED[:9])


def test_plain_passwords_are_those_of_the_lines(tmp_path: Path) -> None:
    known = open_password_file(write(tmp_path, ("Moss-Kettle-41", "", " with blanks ", "ключ")))
    assert isinstance(known, PlainPasswords)
    for password in ("Moss-Kettle-41", " with blanks ", "ключ"):
        assert known.has(password)
    for password in ("moss-kettle-41", "with blanks", "", "\udcff"):
        assert not known.has(password)


async def test_nobody_chooses_what_is_listed(tmp_path: Path) -> None:
    hasher = SecretHasher(CHEAP, is_listed=open_password_file(write(tmp_path, BREACHED)).has)
    assert await hasher.is_refused("Larkfield-7")
    assert await hasher.is_refused("Password1"), "what is common is refused as well"
    assert not await hasher.is_refused("Moss-Kettle-41")


HASHES = sorted(digest(one) for one in BREACHED[:9])
MARK = "\ufeff"


@pytest.mark.parametrize("ahead", ["", MARK, f"{MARK}# seen in breaches\n\n# by hash\n"])
@pytest.mark.parametrize("count", ["", ":12"])
def test_hashes_are_known_with_and_without_counts_behind_marks_and_comments(
    tmp_path: Path, ahead: str, count: str
) -> None:
    first, *others = (f"{one}{count}" for one in HASHES)
    known = open_password_file(write(tmp_path, (f"{ahead}{first}", *others)))
    assert isinstance(known, HashedPasswords)
    assert all(known.has(one) for one in BREACHED[:9])
    assert not known.has("Larkfield-10")


def test_a_mark_is_no_part_of_a_password(tmp_path: Path) -> None:
    known = open_password_file(write(tmp_path, (f"{MARK}Moss-Kettle-41", "#1-Kettle-Moss")))
    assert known.has("Moss-Kettle-41")
    assert known.has("#1-Kettle-Moss")


def by_count() -> list[str]:
    return [f"{digest(one)}:{5000 - place}" for place, one in enumerate(BREACHED)]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "it has no passwords"),
        (by_count(), "line [0-9]+ is not in the order"),
        ((HASHES[0], HASHES[2], HASHES[1]), "line 3 is not in the order"),
        ((*HASHES[:2], "Moss-Kettle-41"), "line 3 is no SHA-1"),
        ((*HASHES[:2], "", HASHES[2]), "line 3 is empty"),
        (("Moss-Kettle-41", f"{HASHES[0]}:3"), "line 2 is a hash among passwords"),
        (("Moss-Kettle-41", HASHES[0]), "line 2 is a hash among passwords"),
        ((f"{HASHES[0]}  a-file.txt",), "line 1 is no SHA-1"),
        ((f"{HASHES[0]},3", HASHES[1]), "line 1 is no SHA-1"),
        ((f"{'A' * 64}",), "not SHA-1"),
        ((f"{'A' * 128}:2",), "not SHA-1"),
        ((f"{'A' * 32}:5",), "not SHA-1"),
        (tuple("abcdef"), "more than 5 passwords"),
    ],
)
def test_what_is_no_list_is_told(
    tmp_path: Path, lines: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_file, "MOST_PLAIN", 5)
    with pytest.raises(PasswordFileError, match=told):
        open_password_file(write(tmp_path, lines))


def test_a_file_of_wide_characters_is_told(tmp_path: Path) -> None:
    path = tmp_path / "refused.txt"
    path.write_text("Moss-Kettle-41\n", encoding="utf-16")
    with pytest.raises(PasswordFileError, match="UTF-16"):
        open_password_file(path)


def test_a_large_file_that_mixes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_file, "_READ_WHOLE", 0)
    monkeypatch.setattr(password_file, "_PROBES", 10)
    lines = sorted(digest(one) for one in BREACHED)
    known = open_password_file(write(tmp_path, ("# seen", *lines)))
    assert all(known.has(one) for one in BREACHED)
    with pytest.raises(PasswordFileError, match=r"the line at byte \d+ is no SHA-1"):
        open_password_file(write(tmp_path, (*lines[:100], *BREACHED)))
    with pytest.raises(PasswordFileError, match=r"the line at byte \d+ is not in the order"):
        open_password_file(write(tmp_path, lines[::-1]))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PasswordFileError, match="No such file"):
        open_password_file(tmp_path / "refused.txt")
