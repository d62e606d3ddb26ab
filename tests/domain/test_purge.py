"""When a service that deletes requests has deleted one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.builders import DAY, NOON, make_request
from timebound.domain.requests import Status

MOMENT = timedelta(microseconds=1)


@pytest.mark.observed("azuread#1306, TF-AD (about 45 days); GDOC cancel (30 days)")
@pytest.mark.parametrize("status", Status)
def test_what_was_done_with_long_ago_is_gone(status: Status) -> None:
    request = replace(make_request(status=status), created_at=NOON - 90 * DAY, completed_at=NOON)
    kept_for = {Status.CANCELED: 30 * DAY, Status.PENDING_ADMIN_DECISION: 9999 * DAY}
    end = NOON + kept_for.get(status, 45 * DAY)
    assert not request.is_purged(end - MOMENT)
    assert request.is_purged(end) is (status is not Status.PENDING_ADMIN_DECISION)


@pytest.mark.inferred("what begins later is done with when it begins, what never completed at once")
def test_it_counts_from_its_completion() -> None:
    ahead = replace(make_request(status=Status.GRANTED), completed_at=NOON + 60 * DAY)
    assert not ahead.is_purged(NOON + 104 * DAY)
    assert ahead.is_purged(NOON + 105 * DAY)
    removal = replace(make_request(status=Status.REVOKED), created_at=NOON, completed_at=None)
    assert (removal.is_purged(NOON + 44 * DAY), removal.is_purged(NOON + 45 * DAY)) == (False, True)
