"""Which places retention has emptied, as events tell it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.domain.events import Fact
from timebound.domain.merkle import Stretch
from timebound.domain.retention import join_places, leave_out, read_places, write_places

PLACES = st.sets(st.integers(0, 60)).map(sorted)
pytestmark = pytest.mark.inferred(
    "retention that is told of can be told from a removal that is not"
)


def places_in(stretches: tuple[Stretch, ...]) -> set[int]:
    return {place for one in stretches for place in range(one.start, one.end)}


@given(PLACES)
def test_places_are_told_in_stretches(places: list[int]) -> None:
    stretches = join_places(places)
    assert places_in(stretches) == set(places)
    assert read_places(write_places(stretches)) == stretches
    assert all(one.end < other.start for one, other in itertools.pairwise(stretches))


@given(PLACES, st.lists(PLACES, max_size=3))
def test_what_nothing_covers_is_left(places: list[int], covers: list[list[int]]) -> None:
    covered = [one for cover in covers for one in join_places(cover)]
    left = leave_out(join_places(places), covered)
    assert places_in(left) == set(places) - places_in(tuple(covered))


@pytest.mark.parametrize("fact", [None, "0-1", (1,), ("x",), ("1",), ("1-2-3",), ("-1-2",)])
def test_what_is_no_stretch_covers_nothing(fact: Fact) -> None:
    assert read_places(fact) == ()


class Counted(int):
    """A number that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) < int(other)

    def __le__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) <= int(other)

    def __gt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) > int(other)

    def __ge__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) >= int(other)


def count_compared(stretches: int) -> int:
    """How often numbers are compared where each stretch is covered but for its first place."""
    holes = [Stretch(Counted(10 * i), Counted(10 * i + 5)) for i in range(stretches)]
    covers = [Stretch(Counted(10 * i + 1), Counted(10 * i + 5)) for i in reversed(range(stretches))]
    Counted.compared = 0
    assert places_in(leave_out(holes, covers)) == {10 * i for i in range(stretches)}
    return Counted.compared


@pytest.mark.inferred("an hourly retention tells of some 8,760 stretches a year")
def test_many_stretches_cost_each_as_much_as_few() -> None:
    assert count_compared(2000) <= 11 * count_compared(200)
