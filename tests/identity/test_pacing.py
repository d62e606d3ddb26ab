"""Guessers wait longer and longer; nobody else does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.builders import NOON
from timebound.domain.times import Instant
from timebound.identity.flows.pacing import (
    ACCOUNT,
    MOST_COUNTED,
    NARROW,
    NETWORK,
    Guess,
    Pace,
    Source,
    guess_code,
    guess_secret,
)

pytestmark = pytest.mark.inferred("issue 3: throttling that cannot be abused to lock others out")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
TICK = timedelta(seconds=15)
HERE = guess_code("code", "203.0.113.9")


@dataclass(slots=True)
class _Clock:
    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


def fail(pace: Pace, times: int, guess: Guess = HERE) -> None:
    """So many wrong guesses in a row."""
    for _ in range(times):
        pace.count_failure(guess)


def at_password(account: str, network: str, browser: str = "") -> Guess:
    """A guess at the password of an account."""
    return guess_secret("password", account, Source(network, browser))


def networks(number: int) -> Iterable[str]:
    """So many networks."""
    return (f"198.51.{one // 256}.{one % 256}" for one in range(number))


@dataclass(slots=True)
class Guesser:
    """It guesses whenever it may, and counts how often that was."""

    pace: Pace
    clock: _Clock
    judged: int = 0

    def guess_for(self, time: timedelta, guesses: Iterable[Guess]) -> None:
        """Goes through the guesses, each of them at every tick, until the time is over."""
        until, again = self.clock.at + time, list(guesses)
        while self.clock.at < until:
            for one in again:
                if not self.pace.wait_for(one):
                    self.pace.count_failure(one)
                    self.judged += 1
            self.clock.at += TICK


def test_a_few_are_free_then_the_wait_doubles_up_to_a_limit() -> None:
    pace = Pace(_Clock())
    fail(pace, NARROW.free - 1)
    assert pace.wait_for(HERE) == 0
    waits = []
    for _ in range(12):
        fail(pace, 1)
        waits.append(pace.wait_for(HERE))
    limit = int(NARROW.longest_wait.total_seconds())
    assert waits == [min(2**n, limit) for n in range(12)]
    assert pace.wait_for(guess_code("code", "203.0.113.10")) == 0


def test_the_limit_is_one_however_often_somebody_fails() -> None:
    pace = Pace(_Clock())
    fail(pace, 5_000)
    assert pace.wait_for(HERE) == NARROW.longest_wait.total_seconds()


def test_the_wait_is_over_in_time_and_when_it_was_them() -> None:
    clock = _Clock()
    pace = Pace(clock)
    fail(pace, NARROW.free + 2)
    assert pace.wait_for(HERE) == 4
    clock.at += timedelta(seconds=3, milliseconds=1)
    assert pace.wait_for(HERE) == 1
    clock.at += SECOND
    assert pace.wait_for(HERE) == 0
    fail(pace, 1)
    assert pace.wait_for(HERE) == 8
    pace.forgive(HERE)
    assert pace.wait_for(HERE) == 0


def test_what_is_long_ago_counts_no_more() -> None:
    clock = _Clock()
    pace = Pace(clock)
    fail(pace, NARROW.free)
    clock.at += HOUR / 2
    fail(pace, 1)
    assert pace.wait_for(HERE) == 0, "half of them have faded"
    fail(pace, NARROW.free)
    clock.at += 2 * HOUR
    fail(pace, NARROW.free - 1)
    assert pace.wait_for(HERE) == 0


def test_who_goes_on_guesses_no_faster_than_failures_fade() -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    guesser.guess_for(24 * HOUR, [HERE])
    assert NARROW.free + 24 < guesser.judged < 24 * NARROW.fading + 20


def test_the_owner_elsewhere_is_not_held_up_by_whoever_guesses_at_one_place() -> None:
    clock = _Clock()
    pace = Pace(clock)
    Guesser(pace, clock).guess_for(24 * HOUR, [at_password("ada", "203.0.113.9")])
    assert pace.wait_for(at_password("ada", "203.0.113.9")) > 0
    assert pace.wait_for(at_password("ada", "198.51.100.7")) == 0
    assert pace.wait_for(at_password("bea", "203.0.113.9")) == 0, "nor anybody beside the guesser"


def test_whoever_guesses_from_many_networks_is_held_up_by_the_account() -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    botnet = [at_password("ada", one) for one in networks(200)]
    guesser.guess_for(3 * HOUR, botnet)
    assert guesser.judged <= ACCOUNT.free + 3 * 60 + 10
    assert guesser.pace.wait_for(at_password("bea", "198.51.0.1")) == 0


def test_a_browser_that_the_account_is_known_in_is_held_up_by_nobody_else() -> None:
    pace = Pace(_Clock())
    for one in networks(2 * ACCOUNT.free):
        fail(pace, 2, at_password("ada", one))
    fail(pace, 3 * NETWORK.free, at_password("bea", "198.51.0.1"))
    limit = int(ACCOUNT.longest_wait.total_seconds())
    assert pace.wait_for(at_password("ada", "192.0.2.1")) == limit
    known = at_password("ada", "198.51.0.1", "a browser")
    assert pace.wait_for(known) == 0
    fail(pace, NARROW.free, known)
    assert pace.wait_for(known) == 1, "but it may not guess for ever"
    assert pace.wait_for(at_password("ada", "198.51.0.1", "another browser")) == 0


def test_who_was_let_in_often_guesses_no_faster_for_it() -> None:
    """Whoever had the password once may have made as many browsers known as they liked."""
    clock = _Clock()
    kept = [at_password("ada", "203.0.113.9", f"browser {number}") for number in range(200)]
    guesser = Guesser(Pace(clock), clock)
    guesser.guess_for(3 * HOUR, kept)
    assert guesser.judged <= ACCOUNT.free + 3 * 60 + 10
    assert guesser.pace.wait_for(at_password("ada", "198.51.0.1")) == 0
    assert guesser.pace.wait_for(at_password("bea", "198.51.0.1", "browser 1")) == 0


def test_one_password_over_many_accounts_is_slowed_down() -> None:
    clock = _Clock()
    spray = [at_password(f"n{number}", "203.0.113.9") for number in range(2_000)]
    guesser = Guesser(Pace(clock), clock)
    guesser.guess_for(TICK, spray)
    assert guesser.judged == NETWORK.free
    guesser.guess_for(2 * HOUR, spray)
    assert guesser.judged <= NETWORK.free + 2 * NETWORK.fading + 10
    assert guesser.pace.wait_for(at_password("eva", "203.0.113.10")) == 0


def test_a_spray_finds_no_second_purse_at_the_second_factor() -> None:
    pace = Pace(_Clock())
    for number in range(NETWORK.free):
        pace.count_failure(at_password(f"n{number}", "203.0.113.9"))
    assert pace.wait_for(guess_secret("factor", "eva", Source("203.0.113.9"))) == 1


def test_a_sign_in_takes_back_its_own_guess_alone() -> None:
    pace = Pace(_Clock())
    fail(pace, NETWORK.free - 1, at_password("ada", "203.0.113.9"))
    own = at_password("eve", "203.0.113.9")
    for _ in range(3 * NETWORK.free):
        pace.count_failure(own)
        pace.forgive(own)
    assert pace.wait_for(own) == 0, "who knows their password is not held up"
    pace.count_failure(at_password("bea", "203.0.113.9"))
    assert pace.wait_for(own) == 1, "nor does it wash off what they did to others"


def test_memory_is_bounded_and_nobody_can_flush_what_holds_them_up() -> None:
    clock = _Clock()
    pace = Pace(clock)
    victim = at_password("ada", "203.0.113.9")
    fail(pace, NARROW.free + 3, victim)
    clock.at += SECOND
    held = pace.wait_for(victim)
    for number in range(2 * MOST_COUNTED):
        pace.count_failure(guess_code("spray", f"n{number}"))
    assert len(pace) <= MOST_COUNTED
    assert pace.wait_for(victim) == held > 0


def test_of_those_that_hold_nobody_up_the_oldest_go_first() -> None:
    clock = _Clock()
    pace = Pace(clock)
    first, second = guess_code("code", "first"), guess_code("code", "second")
    fail(pace, NARROW.free - 1, first)
    clock.at += SECOND
    for number in range(MOST_COUNTED - 1):
        fail(pace, NARROW.free - 1, guess_code("code", f"n{number}"))
    clock.at += SECOND
    fail(pace, NARROW.free - 1, second)
    fail(pace, 1, first)
    fail(pace, 1, second)
    assert (pace.wait_for(first), pace.wait_for(second)) == (0, 1)


def test_a_long_name_takes_no_more_memory_than_a_short_one() -> None:
    sizes = {len(one.about) for one in (*at_password("a" * 100_000, "x"), *at_password("a", "x"))}
    assert sizes == {16}
