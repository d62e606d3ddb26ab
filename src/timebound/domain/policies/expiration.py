"""How long something may be held."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from timebound.domain.policies.members import RuleMember
from timebound.domain.policies.rule import Case, RuleCaller, RuleLevel, Target
from timebound.domain.problems import Problem, Reason, RuleName, rule_failed
from timebound.domain.requests import Action
from timebound.domain.roles import Role
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import Enforcement

DEFAULT_ACTIVATION = timedelta(hours=8)
DEFAULT_ELIGIBILITY = timedelta(days=365)
DEFAULT_ASSIGNMENT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class ExpirationRule:
    """An end may be required; the maximum binds only then (ASG-008). An activation always ends.

    `exceptions` are principals of Azure roles whom it does not bind where an administrator assigns.
    """

    is_required: bool
    maximum: timedelta
    exceptions: tuple[RuleMember, ...] = ()

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:
        """The defaults of behaviour book 4: directory roles may be held for ever."""
        if target.caller is RuleCaller.END_USER:
            return cls(is_required=True, maximum=DEFAULT_ACTIVATION)
        is_eligibility = target.level is RuleLevel.ELIGIBILITY
        maximum = DEFAULT_ELIGIBILITY if is_eligibility else DEFAULT_ASSIGNMENT
        return cls(role.kind is not ScopeKind.DIRECTORY, maximum)

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:
        """A window without an end where one is required, or a longer one than the maximum."""
        is_activation = target.caller is RuleCaller.END_USER
        if not (is_activation or (self.is_required and not self._excepts(case))):
            return ()
        if case.window.is_endless:
            return (rule_failed(RuleName.EXPIRATION, _why_endless(case)),)
        if case.window.length > self.maximum and not _may_exceed(case):
            return (rule_failed(RuleName.EXPIRATION, Reason.TOO_LONG),)
        return ()

    def _excepts(self, case: Case) -> bool:
        return any(one.id == case.draft.slot.principal_id for one in self.exceptions)


def _why_endless(case: Case) -> Reason:
    schedule = case.draft.schedule
    is_missing = schedule is None or schedule.expiration is None
    return Reason.EXPIRATION_MISSING if is_missing else Reason.PERMANENT_NOT_ALLOWED


def _may_exceed(case: Case) -> bool:
    is_extension = case.draft.action is Action.ADMIN_EXTEND
    return is_extension and case.settings.extension_over_maximum is Enforcement.SKIP
