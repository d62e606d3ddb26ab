"""Guessers wait longer and longer; nobody else does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.builders import NOON
from timebound.domain.times import Instant
from timebound.identity.pacing import (
    ACCOUNT,
    BROWSERS,
    MOST_COUNTED,
    NARROW,
    NETWORK,
    NEWCOMER,
    PLACE,
    REGION,
    Guess,
    Pace,
    Source,
    find_place,
    find_region,
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


def places(number: int) -> list[str]:
    """So many networks, each in a place of its own."""
    return [f"100.{64 + one // 256}.{one % 256}.7" for one in range(number)]


OWNER = "192.0.2.1"
"""Where the owner of an account is, who has not failed there."""


@dataclass(slots=True)
class Guesser:
    """It guesses whenever it may, and counts how often that was."""

    pace: Pace
    clock: _Clock
    judged: int = 0

    def guess_for(
        self, time: timedelta, guesses: Iterable[Guess], watched: Guess | None = None
    ) -> list[int]:
        """Goes through the guesses, each of them at every tick, until the time is over.

        Answers how long somebody else would have to wait after each of the turns.
        """
        until, again, waits = self.clock.at + time, list(guesses), []
        while self.clock.at < until:
            for one in again:
                if not self.pace.wait_for(one):
                    self.pace.count_failure(one)
                    self.judged += 1
            waits.append(self.pace.wait_for(watched) if watched else 0)
            self.clock.at += TICK
        return waits


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


def test_whoever_guesses_from_many_networks_of_one_place_is_held_up_by_the_account() -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    subnet = [at_password("ada", f"2001:db8:7:{one:x}::/64") for one in range(200)]
    waits = guesser.guess_for(3 * HOUR, subnet, at_password("ada", OWNER))
    assert guesser.judged <= ACCOUNT.free + 3 * ACCOUNT.fading + 10
    assert not any(waits), "the owner elsewhere notices nothing of it"


@pytest.mark.parametrize("kind", ["password", "factor"])
def test_ten_networks_that_do_not_stop_hold_nobody_up_but_themselves(kind: str) -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    botnet = [guess_secret(kind, "ada", Source(one)) for one in places(10)]
    waits = guesser.guess_for(24 * HOUR, botnet, guess_secret(kind, "ada", Source(OWNER)))
    assert not any(waits)
    assert guesser.judged <= ACCOUNT.free + 24 * ACCOUNT.fading + 10
    assert all(guesser.pace.wait_for(one) for one in botnet)


@pytest.mark.documented("NIST SP 800-63B, 5.2.2: no more than 100 failures in a row")
def test_however_many_places_guess_a_hundred_failures_are_what_comes_of_it_at_once() -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    botnet = [at_password("ada", one) for one in places(500)]
    guesser.guess_for(TICK, botnet)
    assert guesser.judged <= NEWCOMER.free
    waits = guesser.guess_for(3 * HOUR, botnet, at_password("ada", OWNER))
    assert guesser.judged <= NEWCOMER.free + 3 * 60 + 10
    assert max(waits) <= 60, "a right password gets through within a minute of the last guess"
    assert guesser.pace.wait_for(at_password("ada", OWNER, "a browser")) == 0
    assert guesser.pace.wait_for(at_password("bea", botnet_network(botnet))) == 0


def botnet_network(botnet: list[Guess]) -> str:
    """One of the networks that somebody guesses from."""
    return places(len(botnet))[-1]


def test_what_many_places_have_done_is_over_soon_after_they_stop() -> None:
    clock = _Clock()
    guesser, owner = Guesser(Pace(clock), clock), at_password("ada", OWNER)
    guesser.guess_for(12 * HOUR, [at_password("ada", one) for one in places(300)])
    clock.at += timedelta(minutes=1)
    assert guesser.pace.wait_for(owner) == 0
    clock.at += HOUR / 2
    fail(guesser.pace, 1, owner)
    assert guesser.pace.wait_for(owner) == 0, "who mistypes may try again at once"


def test_who_has_failed_where_they_are_is_new_there_again_the_next_day() -> None:
    clock = _Clock()
    pace, here = Pace(clock), at_password("ada", OWNER)
    for one in places(ACCOUNT.free):
        fail(pace, 1, at_password("ada", one))
    for _ in range(PLACE.free):
        assert pace.wait_for(here) == 0
        fail(pace, 1, here)
    assert pace.wait_for(here) > 0
    assert pace.wait_for(at_password("ada", "192.0.2.200")) > 0, "nor anywhere beside"
    assert pace.wait_for(at_password("ada", "192.0.3.1")) == 0
    clock.at += 24 * HOUR
    for one in places(ACCOUNT.free):
        fail(pace, 1, at_password("ada", one))
    assert pace.wait_for(here) == 0


def test_thousands_of_places_of_one_provider_are_not_new_for_ever() -> None:
    clock = _Clock()
    guesser, here = Guesser(Pace(clock), clock), at_password("ada", "2001:db9::/64")
    provider = [at_password("ada", f"2001:db8:{one:x}:1::/64") for one in range(2000)]
    waits = guesser.guess_for(3 * HOUR, provider, here)
    assert guesser.judged <= ACCOUNT.free + 3 * ACCOUNT.fading + 10
    assert not any(waits), "the owner elsewhere notices nothing of it"
    assert guesser.pace.wait_for(provider[0]) > 0


def test_who_shares_a_provider_with_a_few_failures_is_new_where_they_are() -> None:
    pace, here = Pace(_Clock()), at_password("ada", "2001:db8:ffff:1::/64")
    for place in places(ACCOUNT.free):
        fail(pace, 1, at_password("ada", place))
    for number in range(REGION.free):
        assert pace.wait_for(here) == 0
        fail(pace, 1, at_password("ada", f"2001:db8:{number:x}:1::/64"))
    assert pace.wait_for(here) > 0
    assert pace.wait_for(at_password("bea", "2001:db8:ffff:1::/64")) == 0


def test_a_guess_that_was_right_leaves_the_wait_of_before() -> None:
    clock = _Clock()
    pace = Pace(clock)
    fail(pace, NARROW.free)
    assert pace.wait_for(HERE) == 1
    clock.at += SECOND
    assert pace.wait_for(HERE) == 0
    fail(pace, 1)
    pace.take_back(HERE)
    assert pace.wait_for(HERE) == 0
    fail(pace, 1)
    assert pace.wait_for(HERE) == 2


def test_a_sign_in_makes_a_place_new_again() -> None:
    clock = _Clock()
    pace, here = Pace(clock), at_password("ada", OWNER)
    fail(pace, PLACE.free, here)
    pace.forgive(here)
    for one in places(ACCOUNT.free):
        fail(pace, 1, at_password("ada", one))
    assert pace.wait_for(here) == 0


@pytest.mark.parametrize(
    ("network", "place"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:7:1::/64", "2001:db8:7::/48"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_a_place_is_what_somebody_has_many_networks_of(network: str, place: str) -> None:
    assert find_place(network) == place


@pytest.mark.parametrize(
    ("network", "region"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:7:1::/64", "2001:db8::/32"),
        ("a socket", "a socket"),
    ],
)
def test_a_region_is_what_a_provider_has_many_places_of(network: str, region: str) -> None:
    assert find_region(network) == region


def test_a_browser_that_the_account_is_known_in_is_held_up_by_nobody_else() -> None:
    pace = Pace(_Clock())
    for one in places(2 * NEWCOMER.free):
        fail(pace, 2, at_password("ada", one))
    fail(pace, 3 * NETWORK.free, at_password("bea", "198.51.0.1"))
    limit = int(NEWCOMER.longest_wait.total_seconds())
    assert pace.wait_for(at_password("ada", OWNER)) == limit
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
    assert guesser.judged <= BROWSERS.free + 3 * 60 + 10
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
    spray(pace, NETWORK.free)
    assert pace.wait_for(guess_secret("factor", "eva", Source("203.0.113.9"))) == 1


def test_a_few_names_however_often_hold_up_no_neighbour() -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    stuck = [at_password(f"n{number}", "203.0.113.9") for number in range(6)]
    waits = guesser.guess_for(24 * HOUR, stuck, at_password("eva", "203.0.113.9"))
    assert not any(waits)
    assert guesser.judged > 24 * len(stuck)


def test_neighbours_of_a_guesser_wait_for_a_minute_at_most_and_not_where_they_are_known() -> None:
    clock = _Clock()
    guesser = Guesser(Pace(clock), clock)
    names = [at_password(f"n{number}", "203.0.113.9") for number in range(2_000)]
    waits = guesser.guess_for(HOUR, names, at_password("eva", "203.0.113.9"))
    assert 0 < max(waits) <= NETWORK.longest_wait.total_seconds()
    assert guesser.pace.wait_for(at_password("eva", "203.0.113.9", "a browser")) == 0
    assert guesser.pace.wait_for(at_password("eva", "203.0.113.10")) == 0


def spray(pace: Pace, number: int) -> None:
    """So many names tried once from one network."""
    for one in range(number):
        pace.count_failure(at_password(f"n{one}", "203.0.113.9"))


def test_a_sign_in_takes_back_its_own_guess_alone() -> None:
    pace, own = Pace(_Clock()), at_password("eve", "203.0.113.9")
    spray(pace, NETWORK.free - 1)
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
