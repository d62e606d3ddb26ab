"""Rows of the decision table about policies, of the member policy of a group."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import UNKNOWN, code_of
from tests.scenarios.company import Company, found_company
from tests.scenarios.group_calls import APPLICATIONS, call
from tests.scenarios.policy_calls import (
    APPROVAL,
    ASSIGNMENTS,
    CONTEXT,
    ENABLEMENT,
    EXPIRATION,
    POLICIES,
    approval,
    context,
    enablement,
    expiration,
    mail,
    rule,
    select,
    user,
)
from timebound.application.ports import Store

Send: TypeAlias = Callable[[Company], dict[str, Any]]
INVALID: Final = "InvalidPolicyRule"
OF_ADMIN: Final = "Expiration_Admin_Eligibility"


def uma(company: Company) -> dict[str, Any]:
    return user(company.find("uma"))


def unknown_member(company: Company) -> dict[str, Any]:
    sent = approval(uma(company))
    sent["setting"]["approvalStages"][0]["fallbackPrimaryApprovers"] = []
    return sent


TARGET: Final = {"caller": "Admin", "level": "Assignment", "operations": ["all"]}
EVERYTHING: Final = {"caller": "EndUser", "level": "Assignment", "operations": ["All"]}
UNTYPED: Final = {"id": EXPIRATION, "isExpirationRequired": True, "maximumDuration": "PT4H"}
SENT: Final[dict[str, tuple[Send, int, str]]] = {
    "POL-001": (lambda _: expiration("PT4H"), 204, ""),
    "POL-004": (lambda _: expiration("PT4H", IsExpirationRequired=True), 400, INVALID),
    "POL-005": (lambda _: UNTYPED, 400, INVALID),
    "POL-006": (lambda _: enablement("Justification", id_=EXPIRATION), 400, "Request_BadRequest"),
    "POL-010": (lambda _: rule("AuthenticationContext", CONTEXT, isEnabled=True), 400, INVALID),
    "POL-011": (lambda _: context("c25"), 204, ""),
    "POL-012": (lambda _: expiration("PT30M"), 204, ""),
    "POL-013": (lambda _: expiration("P1DT1S"), 400, "InvalidPolicy"),
    "POL-014": (lambda _: expiration("PT8H", isExpirationRequired=False), 400, "InvalidPolicy"),
    "POL-015": (lambda _: expiration("P90D", OF_ADMIN), 204, ""),
    "POL-016": (lambda _: expiration("P90D", OF_ADMIN, isExpirationRequired=False), 204, ""),
    "POL-019": (lambda _: approval(is_required=False), 204, ""),
    "POL-023": (unknown_member, 400, INVALID),
    "POL-026": (lambda _: approval(user("uma@company.example")), 400, "BadRequest"),
    "POL-027": (lambda _: mail("desk@company.example"), 204, ""),
    "POL-045": (lambda _: expiration("PT4H", target=TARGET), 400, INVALID),
    "POL-047": (lambda _: context(None), 204, ""),
    "POL-050": (lambda _: expiration("PT4H", target=EVERYTHING), 204, ""),
}


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    return await found_company(store, label, APPLICATIONS)


async def find_policy(company: Company) -> str:
    """The id of the policy for members of the club."""
    query = select(company.find("Club"), "Group", "member")
    (found,) = (await call(company, "gail", "GET", f"{ASSIGNMENTS}{query}")).json()["value"]
    id_: str = found["policyId"]
    return id_


async def patch(company: Company, sent: dict[str, Any]) -> tuple[int, str]:
    """What a changed rule is answered with."""
    path = f"{POLICIES}/{await find_policy(company)}/rules/{sent['id']}"
    answer = await call(company, "gail", "PATCH", path, sent)
    return (answer.status_code, "") if answer.is_success else code_of(answer)


async def read(company: Company, id_: str) -> dict[str, Any]:
    path = f"{POLICIES}/{await find_policy(company)}/rules/{id_}"
    found: dict[str, Any] = (await call(company, "gail", "GET", path)).json()
    return found


@pytest.mark.parametrize("id_", [pytest.param(one, marks=ROWS[one].mark, id=one) for one in SENT])
async def test_a_rule_of_a_group(company: Company, id_: str) -> None:
    send, status, code = SENT[id_]
    sent = send(company)
    before = await read(company, sent["id"])

    assert await patch(company, sent) == (status, code)

    is_same = await read(company, sent["id"]) == before
    assert is_same is (status != 204 or id_ in {"POL-019", "POL-047"})


@ROWS["POL-002"].mark
@ROWS["POL-049"].mark
async def test_some_rules_of_a_group_at_once(company: Company) -> None:
    sent = {"rules": [expiration("PT2H"), approval(is_required=False)]}
    path = f"{POLICIES}/{await find_policy(company)}"

    answer = await call(company, "gail", "PATCH", path, sent)

    assert answer.status_code == 200
    assert (await read(company, EXPIRATION))["maximumDuration"] == "PT2H"
    assert (await read(company, APPROVAL))["setting"]["isApprovalRequired"] is False


@ROWS["POL-007"].mark
@ROWS["POL-009"].mark
async def test_a_factor_beside_a_context(company: Company) -> None:
    assert await patch(company, enablement("MultiFactorAuthentication")) == (204, "")
    assert await patch(company, context("c1")) == (204, "")
    both = enablement("Justification", "MultiFactorAuthentication")
    assert await patch(company, both) == (400, "MfaAndAcrsConflict")
    told = await read(company, ENABLEMENT)
    assert told["enabledRules"] == ["MultiFactorAuthentication"]


@ROWS["POL-028"].mark
async def test_recipients_beside_approvers_lock_the_rules(company: Company) -> None:
    assert await patch(company, approval(uma(company))) == (204, "")
    assert await patch(company, mail("desk@company.example")) == (204, "")
    locked = (400, "ActivationCustomApproversNotEmpty")
    assert await patch(company, expiration("PT4H")) == locked


@ROWS["POL-032"].mark
@ROWS["POL-034"].mark
async def test_policies_of_groups_are_neither_made_nor_deleted(company: Company) -> None:
    path = f"{POLICIES}/{await find_policy(company)}"
    for method in ("DELETE", "POST"):
        answer = await call(company, "gail", method, path, {})
        assert answer.status_code == 405, method
    malformed = await call(company, "gail", "GET", f"{POLICIES}/Group-{UNKNOWN}")
    assert code_of(malformed) == (400, "UnknownError")
