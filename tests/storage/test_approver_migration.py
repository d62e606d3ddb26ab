"""Policies that were there before are found by those whose agreement they ask for."""

import pytest

from tests.storage.test_word_migration import TENANT, run
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import Policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.storage.documents import write_policy
from timebound.storage.migrating import migrate

_POLICY = (
    "INSERT INTO policies (tenant_id, scope_kind, scope, role_id, rules)"
    " VALUES ('t', 'group', '{scope}', 'member', '{rules}')"
)


def _policy(scope: str, *, is_required: bool) -> str:
    ada, bea, crew = (PrincipalId(id_) for id_ in ("ada", "bea", "crew"))
    first = ApprovalStage(
        primary=(Approver(ApproverKind.USER, ada), Approver(ApproverKind.REQUESTOR_MANAGER)),
        escalation=(Approver(ApproverKind.GROUP, crew),),
    )
    second = ApprovalStage(
        primary=(Approver(ApproverKind.USER, bea), Approver(ApproverKind.USER, ada))
    )
    rule = ApprovalRule(is_required=is_required, stages=(first, second))
    rules = write_policy(Policy({"Approval_EndUser_Assignment": rule}))
    return _POLICY.format(scope=scope, rules=rules)


@pytest.mark.inferred("an upgrade makes nobody less privileged")
def test_who_was_named_before_is_found(empty_url: str) -> None:
    migrate(empty_url, "0022")
    run(
        empty_url,
        TENANT,
        _policy("asking", is_required=True),
        _policy("silent", is_required=False),
        _POLICY.format(scope="plain", rules="{}"),
    )

    migrate(empty_url)

    found = run(empty_url, "SELECT scope, approver_id FROM policy_approvers ORDER BY approver_id")
    assert found == [("asking", "ada"), ("asking", "bea"), ("asking", "crew")]
