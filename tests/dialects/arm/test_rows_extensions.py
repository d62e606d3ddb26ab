"""Rows of the decision table about what ends, and is asked to last longer, over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.dialects.arm.asking import (
    ASSIGNMENTS,
    ELIGIBILITIES,
    VERSION,
    body,
    code,
    days,
    name,
    path,
)
from tests.dialects.arm.estate import PROVIDER, SUBSCRIPTION, build_estate
from tests.dialects.arm.office import ArmOffice, GuidIds
from tests.dialects.graph.office import GRACE, HENRIK, NORA
from tests.domain.decision_rows import ROWS
from timebound.application.engine import Engine
from timebound.application.settling import OpenRequest, decide_on_extension
from timebound.domain.approvals import ReviewResult
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.ids import PrincipalId, RequestId
from timebound.domain.requests import RequestKind
from timebound.domain.scopes import ScopeKind
from timebound.domain.settle import Verdict

KINDS = pytest.mark.parametrize(
    ("collection", "kind"),
    [(ASSIGNMENTS, RequestKind.ASSIGNMENT), (ELIGIBILITIES, RequestKind.ELIGIBILITY)],
)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


async def ask(
    office: ArmOffice, who: str, collection: str, number: int, sent: dict[str, Any]
) -> httpx.Response:
    return await office.put(who, path(collection, number), sent)


async def give(office: ArmOffice, collection: str) -> None:
    """Nora holds it for ten days."""
    sent = body("AdminAssign", NORA, scheduleInfo=days(10))
    assert (await ask(office, GRACE, collection, 1, sent)).status_code == 201


async def extend(office: ArmOffice, collection: str, number: int = 2) -> httpx.Response:
    sent = body("SelfExtend", NORA, scheduleInfo=days(30))
    return await ask(office, NORA, collection, number, sent)


async def status_of(office: ArmOffice, collection: str, number: int) -> str:
    answer = await office.get(GRACE, path(collection, number))
    told: str = answer.json()["properties"]["status"]
    return told


async def ends_of(office: ArmOffice, collection: str) -> list[str]:
    """When what Nora holds now ends."""
    held = collection.replace("Requests", "Instances")
    address = f"{SUBSCRIPTION}/{PROVIDER}/{held}?{VERSION}&$filter=principalId eq '{NORA}'"
    return [row["properties"]["endDateTime"] for row in await office.walk(GRACE, address)]


async def judge(office: ArmOffice, who: str, kind: RequestKind, result: ReviewResult) -> str | None:
    """What an administrator is refused for who decides; nothing where they may.

    Resource Manager publishes no operation for it: the portal's own is of iteration 2, which comes
    later. An administrator who calls here extends it themselves instead.
    """
    token = office.tokens.known[office.sign_in(PrincipalId(who))]
    assert isinstance(token, Token)
    waiting = OpenRequest(RequestId(name(2)), ScopeKind.AZURE, kind)
    engine, verdict = (
        Engine(office.store, GuidIds(first="66666666")),
        Verdict(result, "For a month"),
    )
    outcome = await decide_on_extension(engine, token, waiting, verdict, office.clock.now())
    return outcome.problems[0].code.value if isinstance(outcome, Refused) else None


@ROWS["EXT-013"].mark
@KINDS
async def test_ext_013_an_owner_agrees_and_nobody_else(
    office: ArmOffice, collection: str, kind: RequestKind
) -> None:
    await give(office, collection)
    asked = await extend(office, collection)
    assert (asked.status_code, asked.json()["properties"]["status"]) == (
        201,
        "PendingAdminDecision",
    )
    for who in (NORA, HENRIK):
        assert await judge(office, who, kind, ReviewResult.APPROVE) is not None
    assert await judge(office, GRACE, kind, ReviewResult.APPROVE) is None
    assert await status_of(office, collection, 2) == "Provisioned"
    assert await ends_of(office, collection) == ["2031-04-03T08:00:00Z"]


@ROWS["EXT-013"].mark
@KINDS
async def test_ext_013_an_owner_extends_it_here(
    office: ArmOffice, collection: str, kind: RequestKind
) -> None:
    await give(office, collection)
    assert (await extend(office, collection)).status_code == 201
    sent = body("AdminExtend", NORA, scheduleInfo=days(20))
    answer = await ask(office, GRACE, collection, 3, sent)
    assert (answer.status_code, answer.json()["properties"]["status"]) == (201, "Provisioned")
    assert await status_of(office, collection, 2) == "Provisioned", "what waited is answered by it"
    assert await ends_of(office, collection) == ["2031-03-24T08:00:00Z"]
    assert await judge(office, GRACE, kind, ReviewResult.DENY) == "alreadyDecided"


@ROWS["EXT-014"].mark
@KINDS
async def test_ext_014_an_owner_denies_and_the_old_end_stays(
    office: ArmOffice, collection: str, kind: RequestKind
) -> None:
    await give(office, collection)
    assert (await extend(office, collection)).status_code == 201
    assert await judge(office, GRACE, kind, ReviewResult.DENY) is None
    assert await status_of(office, collection, 2) == "AdminDenied"
    assert await ends_of(office, collection) == ["2031-03-14T08:00:00Z"]


@ROWS["CAN-004"].mark
@ROWS["EXT-012"].mark
@KINDS
async def test_can_004_who_asked_to_keep_it_longer_takes_it_back(
    office: ArmOffice, collection: str, kind: RequestKind
) -> None:
    await give(office, collection)
    assert (await extend(office, collection)).status_code == 201
    second = await extend(office, collection, 3)
    assert code(second) == (400, "PendingRoleAssignmentRequest")
    taken = await office.post(NORA, path(collection, 2, verb="/cancel"))
    assert (taken.status_code, taken.content) == (200, b"")
    assert await status_of(office, collection, 2) == "Canceled"
    assert await judge(office, GRACE, kind, ReviewResult.APPROVE) == "alreadyDecided"


@pytest.mark.documented("ENTRA/pim-how-to-renew-extend (EXP-002)")
@KINDS
async def test_exp_002_what_has_expired_can_be_renewed_for_a_month(
    office: ArmOffice, collection: str, kind: RequestKind
) -> None:
    await give(office, collection)
    office.clock.advance(10 * DAY)
    assert await ends_of(office, collection) == []
    schedules = collection.replace("Requests", "s")
    address = f"{SUBSCRIPTION}/{PROVIDER}/{schedules}?{VERSION}&$filter=principalId eq '{NORA}'"
    assert await office.walk(GRACE, address) == []
    # Lists of the resource manager have no filter for what is over; it is kept all the same.
    office.clock.advance(29 * DAY)
    sent = body("SelfRenew", NORA, scheduleInfo=days(3))
    asked = await ask(office, NORA, collection, 2, sent)
    assert asked.json()["properties"]["status"] == "PendingAdminDecision"
    assert await judge(office, GRACE, kind, ReviewResult.DENY) is None
    office.clock.advance(DAY + timedelta(microseconds=1))
    late = await ask(office, NORA, collection, 3, sent)
    assert code(late) == (400, "RoleAssignmentDoesNotExist")
