"""What a licence lets be done, and what ends with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import granted, judged, summary
from tests.support.builders import (
    DAY,
    HOUR,
    NOON,
    after,
    make_boss_facts,
    make_draft,
    make_facts,
    make_grant,
    make_request,
)
from timebound.domain.approvals import ReviewResult
from timebound.domain.grants import GrantKind
from timebound.domain.licensing import KindsEnding, find_license_endings, settle_license_end
from timebound.domain.requests import Action, Status
from timebound.domain.settings import License, TenantSettings
from timebound.domain.settle import Verdict, decide_cancellation, decide_extension
from timebound.domain.times import Instant, Window

LICENSED = TenantSettings()
NEVER = TenantSettings(license=License.NONE)
ENDED = TenantSettings(license=License.ENDED)
ENDING = TenantSettings(license_ends_at=NOON + DAY)
OVER = TenantSettings(license_ends_at=NOON - DAY)
ACTIVATE = make_draft(Action.SELF_ACTIVATE, schedule=after(8 * HOUR))
BOTH = (GrantKind.ELIGIBLE, GrantKind.ACTIVATED)


@pytest.mark.inferred("Entra licensing: any sufficient licence will do, until it ends")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (LICENSED, "Provisioned"),
        (TenantSettings(license=License.GOVERNANCE), "Provisioned"),
        (NEVER, "licenseRequired"),
        (ENDED, "licenseRequired"),
        (ENDING, "Provisioned"),
        (OVER, "licenseRequired"),
        (TenantSettings(license_ends_at=NOON), "licenseRequired"),
        (replace(ENDED, license_ends_at=NOON + DAY), "licenseRequired"),
    ],
)
def test_a_licence_covers_an_instant_or_not(settings: TenantSettings, expected: str) -> None:
    assert settings.is_licensed(NOON) is (expected == "Provisioned")
    first, *_ = judged(make_facts(make_grant(), settings=settings), ACTIVATE).split(", ")
    assert first == expected


@pytest.mark.inferred("promise 6: an activation ends with the eligibility, which ends with it")
def test_an_activation_lasts_no_longer_than_the_licence() -> None:
    soon = TenantSettings(license_ends_at=NOON + HOUR)
    decision = granted(make_facts(make_grant(), settings=soon), ACTIVATE)
    assert decision.grant is not None
    assert decision.grant.window == Window(NOON, NOON + HOUR)
    later = make_draft(Action.SELF_ACTIVATE, schedule=after(HOUR, NOON + HOUR))
    facts = make_facts(make_grant(), settings=soon)
    assert judged(facts, later) == "EligibilityRule/notEligible"


@pytest.mark.inferred("Entra licensing: assignments stay, with or without an end")
def test_an_assignment_outlasts_the_licence() -> None:
    soon = TenantSettings(license_ends_at=NOON + HOUR)
    draft = make_draft(Action.ADMIN_ASSIGN, schedule=after(DAY))
    decision = granted(make_boss_facts(settings=soon), draft)
    assert decision.grant is not None
    assert decision.grant.window.end == NOON + DAY


@pytest.mark.documented("Entra licensing: the Graph interface of PIM is not available")
@pytest.mark.parametrize("settings", [NEVER, ENDED, OVER])
def test_what_waits_can_be_neither_withdrawn_nor_decided(settings: TenantSettings) -> None:
    facts = make_boss_facts(make_grant(), settings=settings)
    asked = make_draft(Action.SELF_EXTEND, schedule=after(10 * DAY))
    request = make_request(asked, Status.PENDING_ADMIN_DECISION)
    assert summary(decide_cancellation(facts, request, NOON)) == "licenseRequired"
    agreed = Verdict(ReviewResult.APPROVE, "fine")
    assert summary(decide_extension(facts, request, agreed, NOON)) == "licenseRequired"


@pytest.mark.documented("Entra licensing: at its end eligible assignments are removed")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(LICENSED, TenantSettings(license=License.GOVERNANCE), (), id="another one"),
        pytest.param(LICENSED, NEVER, (KindsEnding(BOTH, NOON),), id="taken away"),
        pytest.param(LICENSED, ENDED, (KindsEnding(BOTH, NOON),), id="ended"),
        pytest.param(LICENSED, OVER, (KindsEnding(BOTH, NOON),), id="over already: ends now"),
        pytest.param(
            LICENSED,
            ENDING,
            (KindsEnding((GrantKind.ACTIVATED,), NOON + DAY),),
            id="an end that comes shortens what is activated",
        ),
        pytest.param(ENDING, LICENSED, (), id="prolonged in time"),
        pytest.param(
            ENDING,
            replace(LICENSED, license_ends_at=NOON + 2 * DAY),
            (KindsEnding((GrantKind.ACTIVATED,), NOON + 2 * DAY),),
            id="prolonged in time, until",
        ),
        pytest.param(
            OVER, LICENSED, (KindsEnding(BOTH, NOON - DAY),), id="back: what ended stays ended"
        ),
        pytest.param(ENDED, LICENSED, (KindsEnding(BOTH, NOON),), id="back after an end"),
        pytest.param(OVER, ENDED, (KindsEnding(BOTH, NOON - DAY),), id="still without"),
        pytest.param(NEVER, LICENSED, (), id="the first one"),
        pytest.param(OVER, replace(OVER, throttled_units=7), (), id="something else"),
    ],
)
def test_what_ends_with_a_licence(
    old: TenantSettings, new: TenantSettings, expected: tuple[KindsEnding, ...]
) -> None:
    assert find_license_endings(old, new, NOON) == expected


@pytest.mark.inferred("what has been is not told otherwise afterwards")
@pytest.mark.parametrize(
    ("old", "ends_at", "expected"),
    [
        pytest.param(LICENSED, NOON + DAY, NOON + DAY, id="ahead"),
        pytest.param(LICENSED, NOON - DAY, NOON, id="over: since now"),
        pytest.param(OVER, NOON - 9 * DAY, NOON - DAY, id="over already"),
        pytest.param(OVER, NOON - HOUR, NOON - DAY, id="over already, said to be later"),
        pytest.param(NEVER, NOON - DAY, NOON - DAY, id="there was none"),
        pytest.param(LICENSED, None, None, id="no end"),
    ],
)
def test_a_licence_does_not_end_in_the_past(
    old: TenantSettings, ends_at: Instant | None, expected: Instant | None
) -> None:
    new = replace(LICENSED, license_ends_at=ends_at)
    assert settle_license_end(old, new, NOON).license_ends_at == expected


@pytest.mark.inferred("a setting that nobody can mean is refused where it is read")
@pytest.mark.parametrize(
    "changes",
    [
        {"minimum_active_duration": timedelta(seconds=-1)},
        {"propagation_delay": timedelta(seconds=-1)},
        {"propagation_delay": timedelta(hours=2)},
        {"license_ends_at": NOON.replace(tzinfo=None)},
        {"throttled_units": 0},
        {"throttled_writes": -1},
    ],
)
def test_what_no_tenant_can_mean_is_refused(changes: dict[str, object]) -> None:
    (name,) = changes
    with pytest.raises(ValueError, match=name):
        replace(TenantSettings(), **changes)  # type: ignore[arg-type]  # names of its fields
