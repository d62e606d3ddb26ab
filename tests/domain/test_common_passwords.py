"""Passwords that everybody tries first are refused, however they are dressed up."""

import pytest

from timebound.domain.common_passwords import is_common
from timebound.domain.passwords import is_strong

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
    "Password-Password",
    "Test1234!",
    "Microsoft#1",
    "!!Dragon!!77",
    "Aaaa1111",
    "12121212Aa",
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
)
OWN = ("Correct-Horse-7", "New-Pass-77", "Larkfield-Demo-1", "tide Kettle 41 moss", "vK9#mmTq2")


@pytest.mark.documented("ASVS 5.0, 6.2.4; Microsoft Entra: banned passwords, normalized")
@pytest.mark.parametrize("password", COMMON)
def test_what_everybody_tries_is_refused(password: str) -> None:
    assert is_common(password)
    assert not is_strong(password)


@pytest.mark.inferred("a word of the list inside a longer password is no harm")
@pytest.mark.parametrize("password", OWN)
def test_what_is_ones_own_will_do(password: str) -> None:
    assert not is_common(password)
    assert is_strong(password)
