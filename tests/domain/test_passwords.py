"""How strong a password has to be, and for whom."""

import pytest

from timebound.domain.passwords import LONGEST, is_strong, list_words


@pytest.mark.documented("Microsoft Entra password policies: length, three of four kinds")
@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("Moss-41-k", True),
        ("mosskettle-41", True),
        ("MossKettle41", True),
        ("Moss-41", False),
        ("mosskettle41", False),
        ("mosskettle", False),
        (f"Aa1{'x' * (LONGEST - 3)}", True),
        (f"Aa1{'x' * (LONGEST - 2)}", False),
    ],
)
def test_length_and_kinds_are_judged(password: str, *, is_good: bool) -> None:
    assert is_strong(password) is is_good
    assert not is_strong(password, is_refused=True)


@pytest.mark.documented("NIST SP 800-63B, 3.1.1.2: words of the context, such as the user name")
@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("Ada-Kettle-41", False),
        ("kLOVELACE-41-k", False),
        ("Larkfield-41-k", False),
        ("Timebound-41-k", False),
        ("Microsoft-41-k", False),
        ("Xy-Kettle-41", True),
        ("Exam-Ple-4141", True),
    ],
)
def test_what_is_about_the_person_or_the_service_will_not_do(
    password: str, *, is_good: bool
) -> None:
    words = list_words("ada@larkfield.example", "Ada Xy Lovelace")
    assert is_strong(password, words) is is_good


@pytest.mark.inferred("somebody without names has those of the service alone")
def test_nobody_has_the_words_of_the_service() -> None:
    assert list_words(None) == list_words("a@b.example", "X") == list_words("")
    assert "timebound" in list_words(None)
