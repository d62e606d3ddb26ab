"""Extensions and renewals that holders ask for: what is told, and who may decide on them.

An administrator's word comes through the use case; no door of Graph takes it.
"""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import UNKNOWN, body, code_of, post, rows_of
from tests.scenarios.company import Company
from timebound.application.engine import Engine
from timebound.application.settling import OpenRequest, decide_on_extension
from timebound.domain.approvals import ReviewResult
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.scopes import ScopeKind
from timebound.domain.settle import Verdict
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

ROLE: Final = "Reports Reader"
VERSIONS: Final = ("v1.0", "beta")
FAMILIES: Final = ("Eligibility", "Assignment")
ACTIONS: Final = ("selfExtend", "selfRenew")
APPROVALS: Final = "/beta/roleManagement/directory/roleAssignmentApprovals"
HELD_FOR: Final = {"expiration": {"type": "afterDuration", "duration": "P9D"}}
FIRST_END: Final = "2030-03-13T08:00:00Z"
"""When what is held ends, unless it is extended."""
ASKED_END: Final = "2030-05-01T00:00:00Z"
UNTIL: Final = {"expiration": {"type": "afterDateTime", "endDateTime": ASKED_END}}
SHORTER: Final = AskedSchedule(
    None, Expiration(ExpirationType.AFTER_DURATION, duration=timedelta(days=3))
)
"""What an administrator gives instead."""
YES: Final = Verdict(ReviewResult.APPROVE, "Goes on")
NO: Final = Verdict(ReviewResult.DENY, "Not needed any more")
OWN: Final = Problem(Code.NOT_APPROVER, reason=Reason.OWN_REQUEST)

each_version: Final = pytest.mark.parametrize("version", VERSIONS)
each_family: Final = pytest.mark.parametrize("family", FAMILIES)
each_action: Final = pytest.mark.parametrize("action", ACTIONS)


def path_of(family: str, version: str = "v1.0", what: str = "Requests") -> str:
    return f"/{version}/roleManagement/directory/role{family}Schedule{what}"


def word_of(action: str, version: str) -> str:
    """The action as the version tells it."""
    return action if version == "v1.0" else action[0].upper() + action[1:]


async def ask(
    company: Company, family: str, action: str, version: str = "v1.0", *, who: str = "eve"
) -> dict[str, Any]:
    """What a holder is answered who asks for more, before the end or after it."""
    held = body(company, "adminAssign", who, ROLE, scheduleInfo=HELD_FOR)
    await post(company, "gail", path_of(family, version), held)
    company.move_to(company.now() + timedelta(days=10 if action == "selfRenew" else 1))
    sent = body(company, action, who, ROLE, scheduleInfo=UNTIL, justification="Not done yet")
    return await post(company, who, path_of(family, version), sent)


async def judge(
    company: Company, who: str, id_: str, verdict: Verdict = YES
) -> tuple[Problem, ...]:
    """What somebody is refused for who decides."""
    engine = Engine(company.store, company.parts.ids)
    token = await company.read_token(await company.sign_in(who))
    waiting = OpenRequest(RequestId(id_), ScopeKind.DIRECTORY)
    outcome = await decide_on_extension(engine, token, waiting, verdict, company.now())
    return outcome.problems if isinstance(outcome, Refused) else ()


async def status_of(company: Company, family: str, id_: str, version: str = "v1.0") -> str:
    answer = await company.call("gail", "GET", f"{path_of(family, version)}/{id_}")
    status: str = answer.json()["status"]
    return status


async def ends_of(
    company: Company, family: str, who: str = "eve", version: str = "v1.0"
) -> list[str]:
    """When what somebody holds now ends."""
    path = path_of(family, version, "Instances")
    rows = await rows_of(company, "gail", f"{path}?$filter=principalId eq '{company.find(who)}'")
    return [row["endDateTime"] for row in rows]


@ROWS["EXT-008"].mark
@ROWS["EXT-011"].mark
@each_version
@each_family
@each_action
async def test_what_waits_is_told_to_who_asked_and_to_administrators(
    company: Company, version: str, family: str, action: str
) -> None:
    made = await ask(company, family, action, version)
    assert (made["status"], made["approvalId"]) == ("PendingAdminDecision", None)
    assert made["action"] == word_of(action, version)
    assert made["scheduleInfo"]["expiration"]["endDateTime"] == ASKED_END
    held = [] if action == "selfRenew" else [FIRST_END]
    assert await ends_of(company, family, version=version) == held, "nothing has changed yet"

    requests, waiting = path_of(family, version), "$filter=status eq 'PendingAdminDecision'"
    for who, on in (("eve", "principal"), ("eve", "createdBy")):
        rows = await rows_of(company, who, f"{requests}/filterByCurrentUser(on='{on}')?{waiting}")
        assert [row["id"] for row in rows] == [made["id"]]
    for who, path in (
        ("pia", f"{requests}/filterByCurrentUser(on='approver')"),
        ("eve", f"{requests}/filterByCurrentUser(on='approver')"),
        ("pia", f"{APPROVALS}/filterByCurrentUser(on='approver')"),
        ("pia", APPROVALS),
    ):
        assert await rows_of(company, who, path) == [], "administrators have another list"
    (row,) = await rows_of(company, "pia", f"{requests}?{waiting}")
    assert (row["id"], row["createdBy"]["user"]["id"]) == (made["id"], company.find("eve"))
    step = f"{APPROVALS}/{made['id']}/steps/{made['id']}"
    said = {"reviewResult": "Approve", "justification": "Goes on"}
    assert code_of(await company.call("pia", "PATCH", step, json=said)) == (404, "NotFound")


@ROWS["EXT-013"].mark
@each_version
@each_family
@each_action
async def test_an_administrator_agrees_and_it_is_held_as_was_asked(
    company: Company, version: str, family: str, action: str
) -> None:
    made = await ask(company, family, action, version)
    company.move_to(company.now() + timedelta(hours=30))
    assert await judge(company, "pia", made["id"]) == ()

    told = (await company.call("eve", "GET", f"{path_of(family, version)}/{made['id']}")).json()
    assert (told["status"], told["action"]) == ("Provisioned", word_of(action, version))
    assert told["targetScheduleId"] == made["id"]
    assert await ends_of(company, family, version=version) == [ASKED_END]
    schedule = f"{path_of(family, version, 's')}/{made['id']}"
    schedule_told = (await company.call("gail", "GET", schedule)).json()
    assert (schedule_told["status"], schedule_told["createdUsing"]) == ("Provisioned", made["id"])


@ROWS["EXT-013"].mark
@each_family
@each_action
async def test_an_administrator_gives_another_end(
    company: Company, family: str, action: str
) -> None:
    made = await ask(company, family, action)
    verdict = Verdict(ReviewResult.APPROVE, "For three days", SHORTER)
    assert await judge(company, "pia", made["id"], verdict) == ()
    end = company.now() + timedelta(days=3)
    assert await ends_of(company, family) == [f"{end:%Y-%m-%dT%H:%M:%SZ}"]


@ROWS["EXT-014"].mark
@each_version
@each_family
@each_action
async def test_an_administrator_denies_and_the_old_end_stays(
    company: Company, version: str, family: str, action: str
) -> None:
    made = await ask(company, family, action, version)
    before = await ends_of(company, family, version=version)
    assert await judge(company, "pia", made["id"], NO) == ()
    assert await status_of(company, family, made["id"], version) == "AdminDenied"
    assert await ends_of(company, family, version=version) == before
    sent = body(company, action, "eve", ROLE, scheduleInfo=UNTIL)
    again = await post(company, "eve", path_of(family, version), sent)
    assert again["status"] == "PendingAdminDecision", "it may be asked for anew"


@pytest.mark.documented("book 3: decided by administrators, not by the approvers of activations")
@pytest.mark.parametrize("who", ["eve", "finn", "rex", "uma"])
@each_family
async def test_nobody_but_an_administrator_decides(company: Company, family: str, who: str) -> None:
    made = await ask(company, family, "selfExtend")
    for verdict in (YES, NO):
        (problem,) = await judge(company, who, made["id"], verdict)
        assert problem.code is Code.ACCESS_DENIED
    assert await status_of(company, family, made["id"]) == "PendingAdminDecision"
    assert await ends_of(company, family) == [FIRST_END]


@pytest.mark.inferred("promise 7 of the design: no self-approval, by any route")
@pytest.mark.parametrize("who", ["gus", "pia"])
@each_family
@each_action
async def test_no_administrator_decides_for_themselves(
    company: Company, family: str, action: str, who: str
) -> None:
    made = await ask(company, family, action, who=who)
    before = await ends_of(company, family, who)
    for verdict in (YES, NO):
        assert await judge(company, who, made["id"], verdict) == (OWN,)
    assert await status_of(company, family, made["id"]) == "PendingAdminDecision"
    assert await ends_of(company, family, who) == before
    assert await judge(company, "gail", made["id"]) == (), "another administrator does"
    assert ASKED_END in await ends_of(company, family, who)


@pytest.mark.documented("AUDITREF; one decision settles a request")
@pytest.mark.parametrize("first", [YES, NO], ids=["granted", "denied"])
@each_family
async def test_the_first_word_of_an_administrator_settles_it(
    company: Company, family: str, first: Verdict
) -> None:
    made = await ask(company, family, "selfExtend")
    assert await judge(company, "pia", made["id"], first) == ()
    before = await status_of(company, family, made["id"]), await ends_of(company, family)
    for who in ("pia", "gail"):
        for verdict in (YES, NO):
            (problem,) = await judge(company, who, made["id"], verdict)
            assert problem.code is Code.ALREADY_DECIDED
    after = await status_of(company, family, made["id"]), await ends_of(company, family)
    assert after == before


@pytest.mark.inferred("what was withdrawn asks nothing of anybody, and what never was even less")
@each_family
async def test_what_does_not_wait_is_not_decided(company: Company, family: str) -> None:
    made = await ask(company, family, "selfExtend")
    path = f"{path_of(family)}/{made['id']}/cancel"
    assert (await company.call("eve", "POST", path)).status_code == 204
    (problem,) = await judge(company, "pia", made["id"])
    assert problem.code is Code.ALREADY_DECIDED
    (problem,) = await judge(company, "pia", UNKNOWN)
    assert problem.code is Code.REQUEST_NOT_FOUND
    assert await status_of(company, family, made["id"]) == "Canceled"
    assert await ends_of(company, family) == [FIRST_END]


@pytest.mark.inferred("what is agreed to is judged as it is then")
@each_family
async def test_what_cannot_be_extended_any_more_fails(company: Company, family: str) -> None:
    made = await ask(company, family, "selfExtend")
    company.move_to(company.now() + timedelta(days=20))
    assert await judge(company, "pia", made["id"]) == ()
    assert await status_of(company, family, made["id"]) == "Failed"
    assert await ends_of(company, family) == []
