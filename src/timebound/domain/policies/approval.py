"""Whether somebody else has to agree, and who."""

from dataclasses import dataclass
from enum import Enum
from typing import Self

from timebound.domain.approvals import Approvers
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.rule import Case, Target
from timebound.domain.problems import Problem
from timebound.domain.requests import Action
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, Role
from timebound.domain.scopes import ScopeKind


class ApprovalMode(Enum):
    """How stages follow one another."""

    SINGLE_STAGE = "SingleStage"
    SERIAL = "Serial"
    PARALLEL = "Parallel"
    NO_APPROVAL = "NoApproval"


class ApproverKind(Enum):
    """How an approver is named."""

    USER = "singleUser"
    GROUP = "groupMembers"
    REQUESTOR_MANAGER = "requestorManager"


@dataclass(frozen=True, slots=True)
class Approver:
    """One approver as the policy names them; `id` is none for the requestor's manager."""

    kind: ApproverKind
    id: PrincipalId | None = None
    description: str | None = None
    is_backup: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalStage:
    """One round of asking."""

    timeout_days: int = 1
    needs_justification: bool = True
    is_escalation_enabled: bool = False
    escalation_minutes: int = 0
    primary: tuple[Approver, ...] = ()
    escalation: tuple[Approver, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Who has to agree to an activation; requests for extension go to administrators instead."""

    is_required: bool = False
    is_required_for_extension: bool = False
    needs_requestor_justification: bool = True
    mode: ApprovalMode = ApprovalMode.SINGLE_STAGE
    stages: tuple[ApprovalStage, ...] = (ApprovalStage(),)

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:  # noqa: ARG003 - Rule
        """Off, with one empty stage."""
        return cls()

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """None: a rule that asks for agreement makes a request wait, it does not refuse it."""
        return ()

    def needs_approval(self, action: Action) -> bool:
        """Whether the action has to wait for an approver."""
        return self.is_required and action is Action.SELF_ACTIVATE

    def approvers(self, kind: ScopeKind) -> Approvers:
        """Who may decide; administrators of the directory where its policy names nobody."""
        named = self.stages[0].primary if self.stages else ()
        users = tuple(a.id for a in named if a.kind is ApproverKind.USER and a.id)
        groups = tuple(a.id for a in named if a.kind is ApproverKind.GROUP and a.id)
        if not (users or groups) and kind is ScopeKind.DIRECTORY:
            return Approvers(roles=(GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR))
        return Approvers(users, groups)

    @property
    def needs_approver_justification(self) -> bool:
        """Whether an approver must say why."""
        return bool(self.stages) and self.stages[0].needs_justification
