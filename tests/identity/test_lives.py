"""How long tokens live: an hour and more, and for others no longer than the roles they tell of."""

from datetime import UTC, datetime, timedelta

import pytest

from timebound.domain.times import ENDLESS
from timebound.identity.lives import LONGEST_LIFE, SHORTEST_LIFE, choose_life, shorten_life

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.documented("configurable token lifetimes: 60 to 90 minutes, different each time")
def test_a_token_lives_an_hour_and_a_bit() -> None:
    lives = {choose_life() for _ in range(200)}
    assert len(lives) > 1
    assert all(SHORTEST_LIFE <= life < LONGEST_LIFE for life in lives)


@pytest.mark.documented("issue: a token for others ends no later than the role that it tells of")
@pytest.mark.parametrize("minutes", [1, 59, 61])
def test_a_token_for_others_ends_with_the_role(minutes: int) -> None:
    role_end = NOON + timedelta(minutes=minutes)
    life = shorten_life(SHORTEST_LIFE, NOON, role_end)
    assert life == min(SHORTEST_LIFE, timedelta(minutes=minutes))
    assert shorten_life(SHORTEST_LIFE, NOON, ENDLESS) == SHORTEST_LIFE
