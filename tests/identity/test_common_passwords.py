"""Passwords that everybody tries first are refused, however they are dressed up."""

import sys

import pytest

from tests.support.planting import ROOT, run_tool
from timebound.domain.passwords import LONGEST, is_strong
from timebound.identity.common_passwords import is_common
from timebound.identity.hashing import CHEAP, SecretHasher

COMMON = (
    "password",
    "Password1",
    "P@ssw0rd!",
    "Pa$$w0rd2024",
    "Welcome1!",
    "Summer2026!",
    "Qwerty-123",
    "Admin@123",
    "@dmin1234",
    "LetMeIn-99",
    "New-Pass-77",
    "Password-Password",
    "Test1234!",
    "Microsoft#1",
    "!!Dragon!!77",
    "Aaaa1111",
    "12121212Aa",
    "Abcdefgh-1",
    "Aa123456",
    "Aa@123456",
    "Qq123456!",
    "Ashley123!",
    "Linkedin1",
    "Juventus1",
    "Motdepasse1!",
    "Contraseña1",
    "Krishna@123",
    "Gfhjkm123",
    "Wonderful-2026",
    "trustno1",
    "1Q2w3e4r5t",
)
OWN = (
    "Correct-Horse-7",
    "Moss-Kettle-77",
    "Larkfield-Demo-1",
    "tide Kettle 41 moss",
    "vK9#mmTq2",
    "Хорошо-Пустыня-7",
)


@pytest.mark.documented("NIST SP 800-63B, 3.1.1.2; ASVS 5.0, 6.2.4; Entra: banned passwords")
@pytest.mark.parametrize("password", COMMON)
async def test_what_everybody_tries_is_refused(password: str) -> None:
    assert is_common(password)
    assert await SecretHasher(CHEAP).is_refused(password)


@pytest.mark.inferred("a word of the list inside a longer password is no harm")
@pytest.mark.parametrize("password", OWN)
async def test_what_is_ones_own_will_do(password: str) -> None:
    assert not is_common(password)
    assert not await SecretHasher(CHEAP).is_refused(password)


@pytest.mark.inferred(
    "whoever sends a megabyte must not keep the processor: it is refused by length"
)
async def test_what_is_too_long_is_looked_for_on_no_list() -> None:
    looked: list[int] = []

    def is_listed(password: str) -> bool:
        looked.append(len(password))
        return True

    hasher = SecretHasher(CHEAP, is_listed=is_listed)
    endless = "Moss-Kettle" + "7" * 100_000 + "x"
    assert not await hasher.is_refused(endless)
    assert not is_strong(endless)
    longest = ("Moss-Kettle" + "7-" * LONGEST)[:LONGEST]
    assert await hasher.is_refused(longest)
    assert looked == [LONGEST]
    assert not is_common(longest + "x")


@pytest.mark.inferred("the lists are megabytes, which nobody needs who chooses no password")
def test_the_lists_are_loaded_when_they_are_needed() -> None:
    told = "import sys, timebound.server.app; sys.exit('zxcvbn.frequency_lists' in sys.modules)"
    assert run_tool(ROOT, sys.executable, "-c", told) == (0, "")
