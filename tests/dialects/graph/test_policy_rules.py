"""Rules of policies: what is shown is read again as it was, and nothing else is read at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.graph.rules import RULE_IDS, rules_of
from tests.dialects.graph.samples import BETA, BOSS, MIRA, V1
from timebound.dialects.graph.convert.policy_rules import show_rule
from timebound.dialects.graph.convert.rule_bodies import read_rule, read_rules
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.refusals import Refusal
from timebound.domain.policies import RULE_SLOTS, Rule, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.roles import GROUP_ROLES, MEMBER

pytestmark = pytest.mark.inferred("what a client reads of a rule it may send back")
DEFAULTS: Final = default_policy(GROUP_ROLES[MEMBER]).rules
WORDINGS: Final = st.sampled_from([V1, BETA])
APPROVAL: Final = "Approval_EndUser_Assignment"
CONTEXT: Final = "AuthenticationContext_EndUser_Assignment"
ENABLEMENT: Final = "Enablement_EndUser_Assignment"
EXPIRATION: Final = "Expiration_EndUser_Assignment"
NOTIFICATION: Final = "Notification_Approver_EndUser_Assignment"
NOBODY: Final = "00000000-0000-0000-0000-000000000000"


def shown(rule_id: str, rule: Rule, wording: Wording = V1) -> dict[str, Any]:
    """A rule as a client reads it."""
    body: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(show_rule(rule_id, rule, wording))
    )
    return body


def refused(body: object, rule_id: str | None = None) -> str:
    """The code that a body is refused with."""
    with pytest.raises(Refusal) as refusal:
        read_rule(body, rule_id)
    return refusal.value.error.code


@given(data=st.data(), rule_id=RULE_IDS, wording=WORDINGS)
def test_a_rule_that_is_sent_as_it_was_shown_is_the_same(
    data: st.DataObject, rule_id: str, wording: Wording
) -> None:
    rule = data.draw(rules_of(rule_id))
    body = shown(rule_id, rule, wording)

    named, edit = read_rule(body, data.draw(st.sampled_from([rule_id, None])))

    assert (named, edit(DEFAULTS[rule_id])) == (rule_id, rule)
    assert shown(rule_id, edit(DEFAULTS[rule_id]), wording) == body


@given(data=st.data(), rule_id=RULE_IDS, wording=WORDINGS)
def test_a_rule_of_either_version_reads_the_same_in_the_other(
    data: st.DataObject, rule_id: str, wording: Wording
) -> None:
    rule = data.draw(rules_of(rule_id))
    other = BETA if wording is V1 else V1

    _, edit = read_rule(shown(rule_id, rule, wording), rule_id)

    assert shown(rule_id, edit(DEFAULTS[rule_id]), other) == shown(rule_id, rule, other)


@given(data=st.data(), rule_id=RULE_IDS)
def test_what_a_body_does_not_name_stays(data: st.DataObject, rule_id: str) -> None:
    before, after = data.draw(rules_of(rule_id)), data.draw(rules_of(rule_id))
    body = shown(rule_id, after)
    left_out = data.draw(st.sets(st.sampled_from(sorted(body.keys() - {"@odata.type"}))))

    _, edit = read_rule({n: v for n, v in body.items() if n not in left_out}, rule_id)

    expected = body | {n: v for n, v in shown(rule_id, before).items() if n in left_out}
    assert shown(rule_id, edit(before)) == expected


@given(before=rules_of(APPROVAL), after=rules_of(APPROVAL), data=st.data())
def test_what_a_setting_does_not_name_stays(before: Rule, after: Rule, data: st.DataObject) -> None:
    body = shown(APPROVAL, after)
    left_out = data.draw(st.sets(st.sampled_from(sorted(body["setting"]))))
    setting = {n: v for n, v in body["setting"].items() if n not in left_out}

    _, edit = read_rule(body | {"setting": setting}, APPROVAL)

    kept = {n: v for n, v in shown(APPROVAL, before)["setting"].items() if n in left_out}
    assert shown(APPROVAL, edit(before))["setting"] == body["setting"] | kept


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a body."""
    found = [path] if path else []
    if isinstance(value, dict):
        found += [one for name in value for one in places(value[name], (*path, name))]
    if isinstance(value, list):
        found += [one for n in range(len(value)) for one in places(value[n], (*path, n))]
    return found


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(data=st.data(), rule_id=RULE_IDS, wording=WORDINGS)
def test_a_spoilt_body_is_refused_or_reads_as_a_rule(
    data: st.DataObject, rule_id: str, wording: Wording
) -> None:
    body = shown(rule_id, data.draw(rules_of(rule_id)), wording)
    *way, last = data.draw(st.sampled_from(places(body)))
    inner: Any = body
    for step in way:
        inner = inner[step]
    inner[last] = data.draw(JSON)

    outcome = read_or_refuse(body, rule_id)
    if isinstance(outcome, str):
        assert outcome in {"InvalidPolicyRule", "BadRequest", "Request_BadRequest"}
    else:
        assert isinstance(outcome, RULE_SLOTS[rule_id].type)
        assert shown(rule_id, outcome, wording)["id"] == rule_id


def read_or_refuse(body: object, rule_id: str) -> Rule | str:
    """The rule that a body makes of the default one, or the code that it is refused with."""
    try:
        return read_rule(body, rule_id)[1](DEFAULTS[rule_id])
    except Refusal as refusal:
        return refusal.error.code


@given(raw=JSON)
def test_no_value_is_a_fault(raw: object) -> None:
    assert refused(raw) == refused(raw, EXPIRATION) == "InvalidPolicyRule"


def spoil(rule_id: str, **members: object) -> dict[str, object]:
    """A whole rule with other members."""
    return shown(rule_id, DEFAULTS[rule_id]) | members


def set_stage(**members: object) -> dict[str, object]:
    """The approval rule with other members in its one stage."""
    body = shown(APPROVAL, DEFAULTS[APPROVAL])
    body["setting"]["approvalStages"][0].update(members)
    return body


def set_target(**members: object) -> dict[str, object]:
    """A rule with another target."""
    body = shown(EXPIRATION, DEFAULTS[EXPIRATION])
    return body | {"target": body["target"] | members}


RULE: Final = "#microsoft.graph.unifiedRoleManagementPolicy"
USER: Final = "#microsoft.graph.singleUser"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"Id": EXPIRATION}, id="nothing-as-it-is-spelled"),
        pytest.param(spoil(EXPIRATION, IsExpirationRequired=True), id="POL-004"),
        pytest.param(spoil(EXPIRATION, **{"@odata.type": None}), id="POL-005"),
        pytest.param(spoil(APPROVAL, fallbackPrimaryApprovers=[]), id="POL-023"),
        pytest.param(set_stage(fallbackPrimaryApprovers=[]), id="POL-023-in-the-stage"),
        pytest.param(set_target(level="Eligibility"), id="POL-045-level"),
        pytest.param(set_target(caller="Admin"), id="POL-045-caller"),
        pytest.param(set_target(operations=["activate"]), id="other-operations"),
        pytest.param(set_target(operations=[]), id="no-operations"),
        pytest.param(set_target(enforcedSettings=["All"]), id="settings-of-others"),
        pytest.param(set_target(targetObjects=[{}]), id="objects"),
        pytest.param(spoil(EXPIRATION, target=None), id="null-target"),
        pytest.param(spoil(EXPIRATION, isExpirationRequired=None), id="null-flag"),
        pytest.param(spoil(EXPIRATION, isExpirationRequired="true"), id="flag-as-text"),
        pytest.param(spoil(EXPIRATION, isExpirationRequired=1), id="flag-as-number"),
        pytest.param(spoil(EXPIRATION, maximumDuration="P1M"), id="months"),
        pytest.param(spoil(EXPIRATION, maximumDuration="-PT1H"), id="negative"),
        pytest.param(spoil(EXPIRATION, maximumDuration=None), id="no-duration"),
        pytest.param(spoil(ENABLEMENT, enabledRules=None), id="null-list"),
        pytest.param(spoil(ENABLEMENT, enabledRules=[None]), id="null-in-a-list"),
        pytest.param(spoil(ENABLEMENT, enabledRules="Justification"), id="text-as-list"),
        pytest.param(spoil(ENABLEMENT, enabledRules=["a\0b"]), id="nul"),
        pytest.param(spoil(ENABLEMENT, enabledRules=["a" * 4_001]), id="very-long"),
        pytest.param(spoil(CONTEXT, claimValue=1), id="claim-as-number"),
        pytest.param(spoil(NOTIFICATION, notificationType="Sms"), id="other-type"),
        pytest.param(spoil(NOTIFICATION, recipientType="Admin"), id="other-recipient"),
        pytest.param(spoil(NOTIFICATION, notificationLevel="Some"), id="other-level"),
        pytest.param(spoil(APPROVAL, setting=None), id="null-setting"),
        pytest.param(spoil(APPROVAL, setting={"approvalMode": "Some"}), id="other-mode"),
        pytest.param(spoil(APPROVAL, setting={"approvalStages": [None]}), id="null-stage"),
        pytest.param(set_stage(approvalStageTimeOutInDays=-1), id="negative-number"),
        pytest.param(set_stage(approvalStageTimeOutInDays=2**31), id="too-large"),
        pytest.param(set_stage(approvalStageTimeOutInDays=True), id="flag-as-days"),
        pytest.param(set_stage(primaryApprovers=[{"userId": MIRA}]), id="approver-of-no-type"),
        pytest.param(
            set_stage(primaryApprovers=[{"@odata.type": "#microsoft.graph.externalSponsors"}]),
            id="other-approvers",
        ),
        pytest.param(
            set_stage(primaryApprovers=[{"@odata.type": USER, "groupId": MIRA}]), id="group-as-user"
        ),
        pytest.param(
            set_stage(primaryApprovers=[{"@odata.type": USER, "userId": MIRA, "id": BOSS}]),
            id="two-ids",
        ),
        pytest.param(spoil(EXPIRATION, id=ENABLEMENT), id="POL-045-id"),
        pytest.param(spoil(EXPIRATION, id=None), id="null-id"),
        pytest.param(
            spoil(EXPIRATION, **{"@odata.type": f"{RULE}CustomExtensionRule"}), id="ACT-055-type"
        ),
        pytest.param(spoil(EXPIRATION, **{"@odata.type": f"{RULE}Rule"}), id="no-kind-of-rule"),
    ],
)
def test_a_body_that_is_no_rule_is_refused(body: dict[str, object]) -> None:
    path = EXPIRATION if "maximumDuration" in body else str(body.get("id", EXPIRATION))

    assert refused(body, path) == "InvalidPolicyRule"


@pytest.mark.observed("graph-docs#15910 (POL-006)")
def test_a_rule_of_another_kind_is_a_fault_of_its_own() -> None:
    body = spoil(EXPIRATION, **{"@odata.type": f"{RULE}EnablementRule"})

    with pytest.raises(Refusal) as refusal:
        read_rule(body, EXPIRATION)

    error = refusal.value.error
    assert (error.status, error.code) == (400, "Request_BadRequest")
    assert error.message == "An error has occurred."


@pytest.mark.observed("WIZ, FormatException (POL-026)")
@pytest.mark.parametrize("id_", [NOBODY, "me", "", None])
@pytest.mark.parametrize("name", ["userId", "id"])
def test_who_cannot_be_anybody_is_named(id_: str | None, name: str) -> None:
    body = set_stage(primaryApprovers=[{"@odata.type": USER, name: id_}])

    with pytest.raises(Refusal) as refusal:
        read_rule(body, APPROVAL)

    assert refusal.value.error.code == "BadRequest"
    assert "setting/approvalStages/0/primaryApprovers/0/" in refusal.value.error.message


@pytest.mark.documented("how-to-pim-update-rules, 3; update policy, 2 (POL-021, POL-051)")
@pytest.mark.parametrize(
    "approver",
    [
        {"@odata.type": USER, "userId": MIRA.upper()},
        {"@odata.type": "microsoft.graph.singleUser", "id": MIRA, "isBackup": False},
        {"@odata.type": USER, "userId": MIRA, "id": MIRA, "description": None},
    ],
)
def test_an_approver_is_named_in_either_way(approver: dict[str, object]) -> None:
    _, edit = read_rule(set_stage(primaryApprovers=[approver]), APPROVAL)

    rule = edit(DEFAULTS[APPROVAL])
    assert isinstance(rule, ApprovalRule)
    assert rule.stages[0].primary == (Approver(ApproverKind.USER, MIRA),)


@pytest.mark.documented("unifiedApprovalStage, note (POL-022)")
def test_who_would_be_asked_later_is_not_kept() -> None:
    later = [{"@odata.type": "#microsoft.graph.groupMembers", "groupId": MIRA}]

    _, edit = read_rule(
        set_stage(escalationApprovers=later, escalationTimeInMinutes=5, isEscalationEnabled=True),
        APPROVAL,
    )

    rule = edit(DEFAULTS[APPROVAL])
    assert isinstance(rule, ApprovalRule)
    assert rule.stages == (ApprovalStage(is_escalation_enabled=True, escalation_minutes=5),)


@pytest.mark.inferred("a word in another spelling would be kept and not enforced")
def test_known_words_are_kept_as_they_are_published() -> None:
    body = spoil(ENABLEMENT, enabledRules=["multifactorauthentication", "TICKETING", "Other"])

    rule = read_rule(body, ENABLEMENT)[1](DEFAULTS[ENABLEMENT])

    assert rule == EnablementRule(("MultiFactorAuthentication", "Ticketing", "Other"))


@pytest.mark.observed("msgraph-sdk-python writes a timedelta as Python does")
def test_a_duration_is_taken_as_the_python_client_writes_it() -> None:
    rule = read_rule(spoil(EXPIRATION, maximumDuration="4:00:00"))[1](DEFAULTS[EXPIRATION])

    assert rule == ExpirationRule(is_required=True, maximum=timedelta(hours=4))


@pytest.mark.documented("how-to-pim-update-rules, 1 to 6: every object says its type")
def test_annotations_are_no_members() -> None:
    body = set_stage(**{"@odata.type": "microsoft.graph.unifiedApprovalStage"})
    body |= {"@odata.context": "x", "setting@odata.type": "y"}

    _, edit = read_rule(body, APPROVAL)

    assert edit(DEFAULTS[APPROVAL]) == DEFAULTS[APPROVAL]


@pytest.mark.observed("seen of a policy with a manager as approver")
def test_a_manager_is_told_as_each_version_has_it() -> None:
    stage = ApprovalStage(primary=(Approver(ApproverKind.REQUESTOR_MANAGER),))
    rule = replace(ApprovalRule(), stages=(stage,))
    type_ = {"@odata.type": "#microsoft.graph.requestorManager"}

    told = [
        shown(APPROVAL, rule, wording)["setting"]["approvalStages"][0]["primaryApprovers"]
        for wording in (V1, BETA)
    ]

    assert told == [[{**type_, "managerLevel": 1}], [{**type_, "isBackup": False}]]
    assert read_rule(shown(APPROVAL, rule))[1](DEFAULTS[APPROVAL]) == rule


@pytest.mark.documented("update policy, examples (POL-002)")
def test_a_policy_is_read_rule_by_rule() -> None:
    edits = read_rules(
        {
            "displayName": "ignored, like everything else that cannot be written",
            "lastModifiedBy": {"id": None},
            "rules@odata.context": "ignored, as annotations are",
            "rules": [spoil(EXPIRATION, maximumDuration="PT1H"), spoil(CONTEXT, claimValue="")],
        }
    )

    assert list(edits) == [EXPIRATION, CONTEXT]
    assert read_rules({}) == read_rules({"rules": []}) == {}


@pytest.mark.inferred("nothing is taken for something else")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Rules": []}, "InvalidPolicy"),
        ({"rule": [spoil(CONTEXT)]}, "InvalidPolicy"),
        ({"rules": [], "foo": 1}, "InvalidPolicy"),
        ({"rules": None}, "InvalidPolicy"),
        ({"rules": {}}, "InvalidPolicy"),
        ({"rules": [spoil(CONTEXT), spoil(CONTEXT)]}, "InvalidPolicy"),
        ({"rules": [None]}, "InvalidPolicyRule"),
        ({"rules": [{"@odata.type": "x"}]}, "InvalidPolicyRule"),
        ({"rules": [spoil(CONTEXT, id="CustomExtension_EndUser_Assignment")]}, "InvalidPolicyRule"),
    ],
)
def test_a_policy_that_cannot_be_read_is_refused(body: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_rules(body)

    assert refusal.value.error.code == code
