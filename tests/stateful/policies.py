"""What a policy of the model asks for, and the change that makes the service ask for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.stateful.tenant import CLEO, GROUPS, GUARDED, JURY, LONGEST_ACTIVATION, MAPPED
from tests.support.policy_changes import put
from timebound.application.policies import PolicyChange
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.policies import Rule
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_changes import Manner


@dataclass(frozen=True, slots=True)
class Asking:
    """What an activation is asked: how long at most, whose word, and which sign-in.

    Without `approvers` nobody has to agree; where none of them is named, administrators do.
    """

    maximum: timedelta = LONGEST_ACTIVATION
    approvers: frozenset[PrincipalId] | None = None
    context: str | None = None

    def is_met_by(self, *, is_stepped_up: bool) -> bool:
        """Whether the sign-in is good enough: everybody's is, but where the context is mapped."""
        return is_stepped_up or self.context != MAPPED


FIRST_POLICIES: Final = {GUARDED: Asking(approvers=frozenset({CLEO, JURY}))}
"""What is asked before anybody changes it, where that is not what is asked everywhere."""


def first_policies() -> dict[RoleId, Asking]:
    """The policies as the tenant begins."""
    return dict(FIRST_POLICIES)


def make_change(wanted: Asking, names: Iterable[str]) -> PolicyChange:
    """The change of those rules alone that the named members of a policy stand for."""
    rules: dict[str, tuple[str, Rule]] = {
        "maximum": (
            "Expiration_EndUser_Assignment",
            ExpirationRule(is_required=True, maximum=wanted.maximum),
        ),
        "approvers": ("Approval_EndUser_Assignment", _approval_of(wanted)),
        "context": (
            "AuthenticationContext_EndUser_Assignment",
            AuthenticationContextRule(wanted.context is not None, wanted.context),
        ),
    }
    return PolicyChange(
        {id_: put(rule) for id_, rule in map(rules.__getitem__, names)}, Manner.WHOLE
    )


def _approval_of(wanted: Asking) -> ApprovalRule:
    named = tuple(
        Approver(ApproverKind.GROUP if one in GROUPS else ApproverKind.USER, one)
        for one in sorted(wanted.approvers or ())
    )
    stages = (ApprovalStage(primary=named),)
    return ApprovalRule(is_required=wanted.approvers is not None, stages=stages)
