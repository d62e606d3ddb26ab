"""What a policy of the model asks for, and the change that makes the service ask for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.stateful.tenant import CLEO, GROUPS, GUARDED, JURY, LONGEST_ACTIVATION, MAPPED, ROLES
from tests.support.policy_changes import put
from timebound.application.policies import PolicyChange
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.policies import Rule
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope


@dataclass(frozen=True, slots=True)
class Asking:
    """What an activation is asked: how long at most, whose word, and which sign-in.

    Without `approvers` nobody has to agree; where none of them is named, administrators do.
    """

    maximum: timedelta = LONGEST_ACTIVATION
    approvers: frozenset[PrincipalId] | None = None
    context: str | None = None

    def asks(self, one: str) -> bool:
        """Whether somebody is named whose word is waited for."""
        return one in (self.approvers or ())

    def is_met_by(self, *, is_stepped_up: bool) -> bool:
        """Whether the sign-in is good enough: everybody's is, but where the context is mapped."""
        return is_stepped_up or self.context != MAPPED


def of_role(role_id: RoleId) -> PolicyPlace:
    """Where the policy of a directory role is."""
    return PolicyPlace(DIRECTORY_ROOT, role_id)


def of_group(group_id: PrincipalId, role_id: RoleId = MEMBER) -> PolicyPlace:
    """Where the policy of the members, or of the owners, of a group is."""
    return PolicyPlace(group_scope(group_id), role_id)


ROLE_PLACES: Final = tuple(map(of_role, ROLES))
"""Where the policies of the directory roles are."""
PLACES: Final = (
    *ROLE_PLACES,
    *(of_group(group_id, role_id) for group_id in GROUPS for role_id in (MEMBER, OWNER)),
)
"""Every policy there is."""
FIRST_POLICIES: Final = {of_role(GUARDED): Asking(approvers=frozenset({CLEO, JURY}))}
"""What is asked before anybody changes it, where that is not what is asked everywhere."""


def first_policies() -> dict[PolicyPlace, Asking]:
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
