"""Approvals: who may decide, and what the whole amounts to."""

from dataclasses import dataclass, field
from enum import Enum

from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.times import Instant


class ReviewResult(Enum):
    """What an approver said."""

    NOT_REVIEWED = "NotReviewed"
    APPROVE = "Approve"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may decide: people, members of groups, and holders of roles (the default approvers)."""

    users: tuple[PrincipalId, ...] = ()
    groups: tuple[PrincipalId, ...] = ()
    roles: tuple[RoleId, ...] = ()

    @property
    def all_ids(self) -> tuple[str, ...]:
        """Every id by which an approver can be found."""
        return (*self.users, *self.groups, *self.roles)


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval of one request; the first decision settles it."""

    approvers: Approvers = field(default_factory=Approvers)
    needs_justification: bool = True
    result: ReviewResult = ReviewResult.NOT_REVIEWED
    reviewed_by: PrincipalId | None = None
    reviewed_at: Instant | None = None
    justification: str | None = None
    eligible_at: str | None = None
    """The place in Azure where the eligibility is that the approvers were asked for; none where it
    does not matter."""
