"""What a change makes of a policy, and why it is refused: then nothing of it is applied.

Changing a policy ends nothing that is held (promise 11 has nothing to lose here): new requests are
judged by the new rules, what waits for approval keeps its approvers. Source: behaviour book 4.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Final, TypeAlias

from timebound.domain.authority import Target, authorize
from timebound.domain.evaluations import Stage
from timebound.domain.extensions import CustomExtension
from timebound.domain.facts import Facts
from timebound.domain.ids import PrincipalId
from timebound.domain.licensing import check_license
from timebound.domain.policies import (
    ALL_SLOTS,
    EXTENSION_RULES,
    UNNAMED,
    CustomExtensionRule,
    PimOnlyModeRule,
    Policy,
    Rule,
    RuleSlot,
)
from timebound.domain.policies.approval import ApprovalMode, ApprovalRule, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policies.rule import RuleCaller, RuleLevel
from timebound.domain.policy_limits import check_limits
from timebound.domain.principals import PrincipalKind
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.requirements import Operation
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

Edit: TypeAlias = Callable[[Rule], Rule]
"""What a change makes of one rule: the members that it does not name stay."""

READING: Final = {
    ScopeKind.DIRECTORY: Operation.READ_POLICIES,
    ScopeKind.GROUP: Operation.READ_GROUP_POLICIES,
    ScopeKind.AZURE: Operation.READ_AZURE_POLICIES,
}
"""What seeing the policies of a kind has to be permitted as; of other kinds nobody sees any."""
CHANGING: Final = {
    ScopeKind.DIRECTORY: Operation.CHANGE_POLICY,
    ScopeKind.GROUP: Operation.CHANGE_GROUP_POLICY,
    ScopeKind.AZURE: Operation.CHANGE_AZURE_POLICY,
}
"""What changing them has to be permitted as."""

LONGEST_ACTIVATION: Final = timedelta(hours=24)
SHORTEST_ACTIVATION: Final = timedelta(minutes=5)
"""What a maximum allows at least, unless the tenant lets less be held (POL-012)."""
_EXPIRATION: Final = "Expiration_EndUser_Assignment"
_ENABLEMENT: Final = "Enablement_EndUser_Assignment"
_CONTEXT: Final = "AuthenticationContext_EndUser_Assignment"
_APPROVAL: Final = "Approval_EndUser_Assignment"
_RECIPIENTS: Final = "Notification_Approver_EndUser_Assignment"
_STAGES: Final = "setting/approvalStages"
_APPROVERS: Final = f"{_STAGES}/primaryApprovers"
_CLAIM: Final = re.compile(r"c[1-9][0-9]?")
_KINDS: Final = {
    ApproverKind.USER: PrincipalKind.USER,
    ApproverKind.GROUP: PrincipalKind.GROUP,
}


class Manner(Enum):
    """How a policy is changed: one rule at its own address, or the policy with some of them."""

    RULE = "rule"
    WHOLE = "whole"


def check_access(facts: Facts, target: Target, at: Instant) -> tuple[Problem, ...]:
    """Why the caller may not change the policy that binds the slot of the facts; nothing if so.

    Authority first, then the licence, then whether the role and the place are there. `target` tells
    who owns the group, or what the caller may do at the place in Azure.
    """
    operation = CHANGING.get(facts.slot.scope.kind)
    if operation is None:
        return (Problem(Code.ACCESS_DENIED),)
    return (
        authorize(operation, facts.caller, target)
        or check_license(facts.settings, at)
        or _check_place(facts)
    )


def _check_place(facts: Facts) -> tuple[Problem, ...]:
    scope, role = facts.slot.scope, facts.role
    if scope.kind is ScopeKind.AZURE and not facts.is_scope_known:
        return (Problem(Code.SCOPE_NOT_FOUND, value=scope.path),)
    if role is None or role.kind is not scope.kind:
        return (Problem(Code.OBJECT_NOT_FOUND, value=facts.slot.role_id),)
    if scope.kind is not ScopeKind.GROUP:
        return ()
    group = facts.governed_group
    if group is None:
        return (Problem(Code.OBJECT_NOT_FOUND, value=scope.path),)
    if group.is_dynamic or group.is_synced:
        return (_refuse(Code.POLICY_INVALID, "scopeId", Reason.GROUP_NOT_MANAGEABLE),)
    return ()


def change_policy(
    policy: Policy,
    edits: Mapping[str, Edit],
    manner: Manner,
    kind: ScopeKind,
    shortest: timedelta = SHORTEST_ACTIVATION,
) -> Policy | tuple[Problem, ...]:
    """The policy with the edits, by the ids of their rules, or everything that is wrong with it.

    `shortest` is what can be held at least in the tenant.
    """
    rules: dict[str, Rule] = {**UNNAMED, **policy.rules}
    unknown = [id_ for id_ in edits if id_ not in rules]
    if unknown:
        invalid = Code.POLICY_RULE_INVALID
        return tuple(_refuse(invalid, id_, Reason.UNKNOWN_VALUE) for id_ in unknown)
    if not edits:
        return policy
    edited = {id_: edits[id_](rule) for id_, rule in rules.items() if id_ in edits}
    wrong = (check_rule(ALL_SLOTS[id_], rule, kind, shortest) for id_, rule in edited.items())
    told = {**policy.rules, **edited}
    changed = Policy({id_: rule for id_, rule in told.items() if rule != UNNAMED.get(id_)})
    # A rule is held against the policy that it comes to, a policy against itself.
    beside = policy if manner is Manner.RULE else changed
    problems = in_order(
        (
            *_check_lock(beside),
            *(problem for found in wrong for problem in found),
            *_check_factors(edited, beside),
        )
    )
    return problems or changed


def check_rule(
    slot: RuleSlot, rule: Rule, kind: ScopeKind, shortest: timedelta = SHORTEST_ACTIVATION
) -> tuple[Problem, ...]:
    """What is wrong with a rule by itself, in its place in a policy of the kind."""
    if not isinstance(rule, slot.type):
        return (_refuse(Code.POLICY_RULE_INVALID, slot.id, Reason.WRONG_KIND),)
    lengths = _check_lengths(slot, rule, shortest) if isinstance(rule, ExpirationRule) else ()
    return (*check_limits(slot, rule), *_check_meaning(slot, rule, kind), *lengths)


def _check_meaning(slot: RuleSlot, rule: Rule, kind: ScopeKind) -> tuple[Problem, ...]:
    match rule:
        case ExpirationRule():
            return tuple(_check_expiration(slot, rule, kind))
        case EnablementRule():
            return tuple(_check_enablement(slot, rule))
        case ApprovalRule():
            return tuple(_check_approval(slot, rule, kind))
        case AuthenticationContextRule():
            return tuple(_check_context(slot, rule))
        case CustomExtensionRule(extension_id=None, is_enabled=True):
            name = f"{slot.id}/customExtensionId"
            return (_refuse(Code.POLICY_RULE_INVALID, name, Reason.MISSING),)
        case PimOnlyModeRule() if kind is not ScopeKind.AZURE:
            return (_refuse(Code.POLICY_RULE_INVALID, slot.id, Reason.UNSUPPORTED),)
        case NotificationRule() | CustomExtensionRule() | PimOnlyModeRule():
            return ()


def _check_lock(policy: Policy) -> tuple[Problem, ...]:
    """Recipients besides named approvers lock the rules of a policy (POL-027, POL-028).

    The way out is a change of the policy that ends in another state.
    """
    notification = policy.rules[_RECIPIENTS]
    has_recipients = isinstance(notification, NotificationRule) and notification.recipients
    if policy.approval.is_required and list_named(policy) and has_recipients:
        name = f"{_RECIPIENTS}/notificationRecipients"
        return (_refuse(Code.APPROVERS_AND_RECIPIENTS, name, Reason.CONTRADICTORY),)
    return ()


def _check_expiration(slot: RuleSlot, rule: ExpirationRule, kind: ScopeKind) -> Iterator[Problem]:
    """An activation ends; an administrator's maximum is kept beside either flag."""
    if rule.exceptions and (kind is not ScopeKind.AZURE or slot.id == _EXPIRATION):
        yield _refuse(Code.POLICY_INVALID, f"{slot.id}/exceptionMembers", Reason.UNSUPPORTED)
    if slot.id == _EXPIRATION and not rule.is_required:
        name = f"{slot.id}/isExpirationRequired"
        yield _refuse(Code.POLICY_INVALID, name, Reason.PERMANENT_NOT_ALLOWED)


def _check_lengths(slot: RuleSlot, rule: ExpirationRule, shortest: timedelta) -> Iterator[Problem]:
    """An activation ends within a day, and can last as long as something has to (POL-012, POL-013).

    A maximum of nothing is kept where it means nothing: policies of the real service have it, and
    it is told there as a fault where an end is required (ASG-034).
    """
    invalid, maximum = Code.POLICY_INVALID, f"{slot.id}/maximumDuration"
    is_activation = slot.id == _EXPIRATION
    binds = is_activation or rule.is_required
    if rule.maximum < timedelta() or (binds and rule.maximum == timedelta()):
        yield _refuse(invalid, maximum, Reason.NOT_POSITIVE)
    elif is_activation and rule.maximum < shortest:
        yield _refuse(invalid, maximum, Reason.TOO_SHORT)
    if is_activation and rule.maximum > LONGEST_ACTIVATION:
        yield _refuse(invalid, maximum, Reason.TOO_LONG)


def _check_enablement(slot: RuleSlot, rule: EnablementRule) -> Iterator[Problem]:
    """What nobody knows is kept where nothing is asked for (POL-031), and nowhere else."""
    if slot.target.caller is RuleCaller.ADMIN and slot.target.level is RuleLevel.ELIGIBILITY:
        return
    known, name = frozenset(Enablement), f"{slot.id}/enabledRules"
    for word in rule.enabled:
        if word not in known:
            yield _refuse(Code.POLICY_RULE_INVALID, name, Reason.UNKNOWN_VALUE, word)


def _check_context(slot: RuleSlot, rule: AuthenticationContextRule) -> Iterator[Problem]:
    claim = rule.claim_value or None
    is_known = claim is not None and _CLAIM.fullmatch(claim) is not None
    if is_known or (claim is None and not rule.is_enabled):
        return
    reason = Reason.MISSING if claim is None else Reason.UNKNOWN_VALUE
    yield _refuse(Code.POLICY_RULE_INVALID, f"{slot.id}/claimValue", reason, claim)


def _check_approval(slot: RuleSlot, rule: ApprovalRule, kind: ScopeKind) -> Iterator[Problem]:
    """One stage is what is carried out: whatever would be ignored is refused."""
    invalid = Code.POLICY_INVALID
    if not rule.stages:
        yield _refuse(invalid, f"{slot.id}/{_STAGES}", Reason.MISSING)
    if len(rule.stages) > 1:
        yield _refuse(invalid, f"{slot.id}/{_STAGES}", Reason.UNSUPPORTED)
    if rule.mode in (ApprovalMode.SERIAL, ApprovalMode.PARALLEL):
        name = f"{slot.id}/setting/approvalMode"
        yield _refuse(invalid, name, Reason.UNSUPPORTED, rule.mode.value)
    if any(stage.escalation for stage in rule.stages):
        yield _refuse(invalid, f"{slot.id}/{_STAGES}/escalationApprovers", Reason.UNSUPPORTED)
    is_of_directory = kind is ScopeKind.DIRECTORY
    yield from _check_named(slot, rule, may_be_nobody=is_of_directory or not rule.is_required)


def _check_named(slot: RuleSlot, rule: ApprovalRule, *, may_be_nobody: bool) -> Iterator[Problem]:
    """Only in the directory do its administrators decide where nobody is named (APR-009)."""
    invalid, name = Code.POLICY_INVALID, f"{slot.id}/{_APPROVERS}"
    named = _list_primary(rule)
    if rule.stages and not (named or may_be_nobody):
        yield _refuse(invalid, name, Reason.MISSING)
    for one in named:
        if one.kind not in _KINDS:
            yield _refuse(invalid, name, Reason.UNSUPPORTED, one.kind.value)
        elif not one.id:
            yield _refuse(invalid, name, Reason.MISSING)


def _check_factors(edited: Mapping[str, Rule], beside: Policy) -> tuple[Problem, ...]:
    """A second factor is not asked for beside a context; the context may come beside the factor.

    Measured: the refusal is one-sided (POL-007, POL-009). Where both are on, both are asked for.
    """
    enablement, context = edited.get(_ENABLEMENT), beside.rules[_CONTEXT]
    has_factor = isinstance(enablement, EnablementRule) and Enablement.MFA in enablement.enabled
    has_context = isinstance(context, AuthenticationContextRule) and context.is_enabled
    if has_factor and has_context:
        name = f"{_ENABLEMENT}/enabledRules"
        return (_refuse(Code.CONTEXT_AND_MFA, name, Reason.CONTRADICTORY, Enablement.MFA.value),)
    return ()


def list_named(policy: Policy) -> tuple[Approver, ...]:
    """The approvers that a policy names, whether they are asked or not."""
    return _list_primary(policy.approval)


def new_approvers(old: Policy, new: Policy) -> tuple[Approver, ...]:
    """The approvers that the new policy names and the old one did not, or said otherwise."""
    known = frozenset(list_named(old))
    return tuple(one for one in list_named(new) if one not in known)


def check_approvers(
    asked: Iterable[Approver], found: Mapping[PrincipalId, PrincipalKind]
) -> tuple[Problem, ...]:
    """Why somebody cannot be named: not there, or of another kind than is said.

    `found` are those who are there; nobody else could ever agree to anything.
    """
    problems = []
    for one in asked:
        kind = found.get(one.id) if one.id else None
        if kind is None or kind is not _KINDS.get(one.kind):
            reason = Reason.UNKNOWN_VALUE if kind is None else Reason.WRONG_KIND
            name = f"{_APPROVAL}/{_APPROVERS}"
            problems.append(_refuse(Code.POLICY_INVALID, name, reason, one.id))
    return in_order(problems)


def new_extensions(old: Policy, new: Policy) -> Mapping[Stage, str]:
    """The extensions that the new policy names at a stage, and the old one did not."""
    found: dict[Stage, str] = {}
    for stage, rule_id in EXTENSION_RULES.items():
        rule = new.rules.get(rule_id)
        is_new = rule != old.rules.get(rule_id)
        if is_new and isinstance(rule, CustomExtensionRule) and rule.extension_id is not None:
            found[stage] = rule.extension_id
    return found


def check_extensions(
    asked: Mapping[Stage, str], found: Mapping[str, CustomExtension], kind: ScopeKind
) -> tuple[Problem, ...]:
    """Why an extension cannot be named: not there, or for another stage or resource."""
    problems = []
    for stage, id_ in asked.items():
        extension = found.get(id_)
        if extension is None or not extension.fits(stage, kind):
            reason = Reason.UNKNOWN_VALUE if extension is None else Reason.WRONG_KIND
            name = f"{EXTENSION_RULES[stage]}/customExtensionId"
            problems.append(_refuse(Code.POLICY_RULE_INVALID, name, reason, id_))
    return tuple(problems)


def describe_approvers(policy: Policy, names: Mapping[PrincipalId, str]) -> Policy:
    """The policy with the names of those approvers that it says nothing else of."""
    rule = policy.approval

    def describe(one: Approver) -> Approver:
        known = names.get(one.id) if one.id else None
        return one if one.description is not None else replace(one, description=known)

    stages = tuple(replace(s, primary=tuple(map(describe, s.primary))) for s in rule.stages)
    return Policy({**policy.rules, _APPROVAL: replace(rule, stages=stages)})


def _list_primary(rule: ApprovalRule) -> tuple[Approver, ...]:
    return tuple(one for stage in rule.stages for one in stage.primary)


def _refuse(code: Code, name: str, reason: Reason, value: str | None = None) -> Problem:
    return Problem(code, reason=reason, property=name, value=value)
