"""Browsers that an account is known in: nobody makes one up, and none is known for ever."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.support.builders import NOON
from timebound.domain.times import Instant
from timebound.identity.discovery import Place
from timebound.identity.flows.known_browsers import LIFE, KnownBrowsers
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.visits import Visit

pytestmark = pytest.mark.inferred("issue 3: the owner's own browser is held up by no guesser")
ADA, BEA = "Ada@small.example", "bea@small.example"
VISIT = Visit(Place(None, ""), "https://localhost:8443", {}, {})
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class _Clock:
    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


def keep(visit: Visit, header: str) -> Visit:
    """The next visit of a browser that was sent this header."""
    name, _, value = header.partition(";")[0].partition("=")
    return replace(visit, cookies={**visit.cookies, name: value})


def test_a_browser_is_known_by_a_name_of_its_own_for_each_account() -> None:
    known = KnownBrowsers(Marks(b"key"), _Clock())
    assert known.find(VISIT, ADA) == ""
    header = known.remember(VISIT, ADA, is_strong=True)
    first, second = keep(VISIT, header), keep(VISIT, known.remember(VISIT, ADA, is_strong=True))
    assert "" != known.find(first, ADA.lower()) != known.find(second, ADA) != ""
    assert known.find(first, BEA) == ""
    both = keep(first, known.remember(first, BEA, is_strong=True))
    assert known.find(both, ADA) == known.find(first, ADA)
    assert known.find(both, BEA)
    assert "ada" not in header.lower(), "whose it is stands nowhere"
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(header.split("; "))


def test_where_a_password_was_shown_alone_no_second_factor_is_known() -> None:
    known = KnownBrowsers(Marks(b"key"), _Clock())
    weak = keep(VISIT, known.remember(VISIT, ADA, is_strong=False))
    strong = keep(VISIT, known.remember(VISIT, ADA, is_strong=True))
    assert known.find(weak, ADA) != ""
    assert known.find(weak, ADA, is_strong=True) == ""
    assert known.find(strong, ADA, is_strong=True) != ""


def test_what_was_bent_or_is_anothers_makes_nobody_known() -> None:
    known = KnownBrowsers(Marks(b"key"), _Clock())
    kept = keep(VISIT, known.remember(VISIT, ADA, is_strong=False))
    [(name, value)] = kept.cookies.items()
    for_bea = keep(VISIT, known.remember(VISIT, BEA, is_strong=False)).cookies
    bent = ["", ".", "2.x.99999999999.", value[:-1], f"2{value[1:]}", f"x{value}"]
    for one in (*bent, *for_bea.values()):
        assert known.find(replace(VISIT, cookies={name: one}), ADA) == "", one
    other = KnownBrowsers(Marks(b"another key"), _Clock())
    assert other.find(kept, ADA) == ""


def test_nobody_is_known_for_ever() -> None:
    clock = _Clock()
    known = KnownBrowsers(Marks(b"key"), clock)
    kept = keep(VISIT, known.remember(VISIT, ADA, is_strong=True))
    clock.at += LIFE - SECOND
    assert known.find(kept, ADA)
    clock.at += SECOND
    assert known.find(kept, ADA) == ""
