"""What every policy can be kept and told with: nothing longer, larger or more numerous.

A policy is loaded with each activation, told whole with its role, and told old and new in the log;
Graph tells its numbers as Edm.Int32.
"""

from collections.abc import Iterator
from typing import Final

from timebound.domain.policies import Rule, RuleSlot
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.custom_extension import CustomExtensionRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policies.pim_only_mode import PimOnlyModeRule
from timebound.domain.problems import Code, Problem, Reason

LONGEST_TEXT: Final = 4_000
LARGEST_NUMBER: Final = 2**31 - 1
MOST_WORDS: Final = 20
"""How many things a rule can ask for at once; three are known."""
MOST_RECIPIENTS: Final = 500
MOST_APPROVERS: Final = 200
MOST_MEMBERS: Final = 200


def check_limits(slot: RuleSlot, rule: Rule) -> Iterator[Problem]:
    """What of a rule cannot be kept, by the published name of its member."""
    match rule:
        case EnablementRule(enabled=words):
            yield from _check_texts(f"{slot.id}/enabledRules", words, MOST_WORDS)
        case NotificationRule(recipients=recipients):
            name = f"{slot.id}/notificationRecipients"
            yield from _check_texts(name, recipients, MOST_RECIPIENTS)
        case AuthenticationContextRule(claim_value=claim):
            yield from _check_texts(f"{slot.id}/claimValue", (claim or "",), 1)
        case ApprovalRule(stages=stages):
            for stage in stages:
                yield from _check_stage(f"{slot.id}/setting/approvalStages", stage)
        case ExpirationRule() | PimOnlyModeRule():
            yield from _check_members(slot, rule)
        case CustomExtensionRule():
            return


def _check_members(slot: RuleSlot, rule: ExpirationRule | PimOnlyModeRule) -> Iterator[Problem]:
    """Whom the rule leaves out."""
    if isinstance(rule, ExpirationRule):
        name, members = "exceptionMembers", rule.exceptions
    else:
        name, members = "pimOnlyModeSettings/excludes", rule.excludes
    names = tuple(one.name or "" for one in members)
    yield from _check_texts(f"{slot.id}/{name}", names, MOST_MEMBERS)


def _check_stage(name: str, stage: ApprovalStage) -> Iterator[Problem]:
    numbers = {
        "approvalStageTimeOutInDays": stage.timeout_days,
        "escalationTimeInMinutes": stage.escalation_minutes,
    }
    for member, number in numbers.items():
        if not 0 <= number <= LARGEST_NUMBER:
            yield _refuse(f"{name}/{member}", Reason.UNKNOWN_VALUE)
    descriptions = tuple(one.description or "" for one in stage.primary)
    yield from _check_texts(f"{name}/primaryApprovers", descriptions, MOST_APPROVERS)


def _check_texts(name: str, texts: tuple[str, ...], most: int) -> Iterator[Problem]:
    if len(texts) > most or any(len(text) > LONGEST_TEXT for text in texts):
        yield _refuse(name, Reason.TOO_LONG)
    if any("\0" in text for text in texts):
        yield _refuse(name, Reason.UNKNOWN_VALUE)


def _refuse(name: str, reason: Reason) -> Problem:
    return Problem(Code.POLICY_RULE_INVALID, reason=reason, property=name)
