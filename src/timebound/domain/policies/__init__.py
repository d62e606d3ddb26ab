"""Role management policies: 17 rules for every role at every scope, each with a default.

Two more are there only once a policy names a custom extension in them, and one only once a policy
of an Azure role says in it who may assign the role past requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from timebound.domain.evaluations import Stage
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.custom_extension import CustomExtensionRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policies.pim_only_mode import PimOnlyModeRule
from timebound.domain.policies.rule import Case, RuleCaller, RuleLevel, SignIn, Target
from timebound.domain.problems import Code, Problem, RuleName
from timebound.domain.requests import Action, RequestKind
from timebound.domain.roles import Role

Rule: TypeAlias = (
    ExpirationRule
    | EnablementRule
    | ApprovalRule
    | AuthenticationContextRule
    | NotificationRule
    | CustomExtensionRule
    | PimOnlyModeRule
)

_TARGETS: Final = {
    "Admin_Eligibility": Target(RuleCaller.ADMIN, RuleLevel.ELIGIBILITY),
    "Admin_Assignment": Target(RuleCaller.ADMIN, RuleLevel.ASSIGNMENT),
    "EndUser_Assignment": Target(RuleCaller.END_USER, RuleLevel.ASSIGNMENT),
}
_KINDS: Final[Mapping[str, tuple[type[Rule], tuple[str, ...]]]] = {
    "Expiration": (ExpirationRule, tuple(_TARGETS)),
    "Enablement": (EnablementRule, tuple(_TARGETS)),
    "Approval": (ApprovalRule, ("EndUser_Assignment",)),
    "AuthenticationContext": (AuthenticationContextRule, ("EndUser_Assignment",)),
    "Notification_Admin": (NotificationRule, tuple(_TARGETS)),
    "Notification_Requestor": (NotificationRule, tuple(_TARGETS)),
    "Notification_Approver": (NotificationRule, tuple(_TARGETS)),
}


@dataclass(frozen=True, slots=True)
class RuleSlot:
    """A place in every policy: the published rule id, whom it binds, and the kind of rule."""

    id: str
    target: Target
    type: type[Rule]


RULE_SLOTS: Final[Mapping[str, RuleSlot]] = {
    f"{kind}_{name}": RuleSlot(f"{kind}_{name}", _TARGETS[name], type_)
    for kind, (type_, names) in _KINDS.items()
    for name in names
}

EXTENSION_RULES: Final[Mapping[Stage, str]] = {
    Stage.PRE_APPROVAL: "CustomExtension_PreApproval_EndUser_Assignment",
    Stage.POST_APPROVAL: "CustomExtension_PostApproval_EndUser_Assignment",
}
"""The ids of the rules that name extensions."""
EXTENSION_SLOTS: Final[Mapping[str, RuleSlot]] = {
    id_: RuleSlot(id_, _TARGETS["EndUser_Assignment"], CustomExtensionRule)
    for id_ in EXTENSION_RULES.values()
}
"""The places of rules that a policy has only where it names an extension."""
PIM_ONLY_MODE: Final = "PIMOnlyMode_Admin_Assignment"
"""The id of the rule about assignments of Azure roles past requests."""
ALL_SLOTS: Final[Mapping[str, RuleSlot]] = {
    **RULE_SLOTS,
    **EXTENSION_SLOTS,
    PIM_ONLY_MODE: RuleSlot(PIM_ONLY_MODE, _TARGETS["Admin_Assignment"], PimOnlyModeRule),
}
NO_EXTENSION: Final = CustomExtensionRule()
"""What a policy that has no such rule says."""
UNNAMED: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(EXTENSION_SLOTS, NO_EXTENSION),
    PIM_ONLY_MODE: PimOnlyModeRule(),
}
"""What a policy says that does not have one of the rules that need not be there."""

_ORDER: Final = {rule: position for position, rule in enumerate(RuleName)}


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force for one role at one scope, by rule id."""

    rules: Mapping[str, Rule]

    @property
    def approval(self) -> ApprovalRule:
        """The rule that says who has to agree to an activation."""
        rule = self.rules["Approval_EndUser_Assignment"]
        return rule if isinstance(rule, ApprovalRule) else ApprovalRule()

    @property
    def activation(self) -> ExpirationRule | None:
        """The rule that says how long an activation may last."""
        rule = self.rules["Expiration_EndUser_Assignment"]
        return rule if isinstance(rule, ExpirationRule) else None

    @property
    def pim_only_mode(self) -> PimOnlyModeRule:
        """The rule that says who may assign the role past requests."""
        rule = self.rules.get(PIM_ONLY_MODE)
        return rule if isinstance(rule, PimOnlyModeRule) else PimOnlyModeRule()

    def extension(self, stage: Stage) -> str | None:
        """The extension that has to agree at a stage; none where none is asked."""
        rule = self.rules.get(EXTENSION_RULES[stage])
        if not isinstance(rule, CustomExtensionRule) or not rule.is_enabled:
            return None
        return rule.extension_id

    def problems(self, case: Case) -> tuple[Problem, ...]:
        """Every rule that the case does not meet, in the order in which refusals tell them."""
        target = target_of(case.draft.kind, case.draft.action)
        if target is None:
            return ()
        found = {
            problem: None
            for rule_id, slot in RULE_SLOTS.items()
            if slot.target == target and _is_asked(slot, case.draft.action)
            for problem in self.rules[rule_id].problems(target, case)
        }
        return tuple(sorted(found, key=_position))


def default_policy(role: Role) -> Policy:
    """The policy of a role before anybody changes it (behaviour book 4)."""
    return Policy({slot.id: slot.type.default(slot.target, role) for slot in RULE_SLOTS.values()})


def target_of(kind: RequestKind, action: Action) -> Target | None:
    """Which rules bind an action; none bind what takes something away (behaviour book 1.2)."""
    if action.is_ending:
        return None
    if action.is_self:
        return _TARGETS["EndUser_Assignment"]
    is_eligibility = kind is RequestKind.ELIGIBILITY
    return _TARGETS["Admin_Eligibility" if is_eligibility else "Admin_Assignment"]


def _is_asked(slot: RuleSlot, action: Action) -> bool:
    # What extends or renews is decided by an administrator: only the second factor is asked here.
    return action not in (Action.SELF_EXTEND, Action.SELF_RENEW) or slot.type is EnablementRule


def _position(problem: Problem) -> int:
    if problem.code is Code.CONTEXT_REQUIRED or problem.rule is None:
        return len(_ORDER)
    return _ORDER[problem.rule]


__all__ = [
    "ALL_SLOTS",
    "EXTENSION_RULES",
    "EXTENSION_SLOTS",
    "NO_EXTENSION",
    "PIM_ONLY_MODE",
    "RULE_SLOTS",
    "UNNAMED",
    "Case",
    "CustomExtensionRule",
    "PimOnlyModeRule",
    "Policy",
    "Rule",
    "RuleSlot",
    "SignIn",
    "Target",
    "default_policy",
    "target_of",
]
