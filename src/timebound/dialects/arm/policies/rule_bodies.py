"""The rules that clients send, each as an edit of the one that is there.

What a rule leaves out stays as it is; what is sent as null is empty from then on where it can be.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeAlias

from msgspec import UNSET, UnsetType

from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.policies import wire
from timebound.dialects.arm.policies.members import read_approvers, read_exceptions, read_excludes
from timebound.dialects.arm.policies.problems import refuse_policy, refuse_rule
from timebound.dialects.arm.policies.rules import RULE_TYPES, recipient_of
from timebound.dialects.arm.policies.versions import LATEST, slots_of
from timebound.dialects.odata.durations import parse_duration
from timebound.dialects.odata.problems import ODataProblem
from timebound.domain.policies import PimOnlyModeRule, Rule, RuleSlot
from timebound.domain.policies.approval import ApprovalMode, ApprovalRule, ApprovalStage
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationLevel, NotificationRule
from timebound.domain.policies.pim_only_mode import ExcludedAssignments, PimOnlyMode
from timebound.domain.policy_changes import Edit

_Sent: TypeAlias = wire.RoleManagementPolicyRule
_Fields: TypeAlias = dict[str, Any]

_ALL: Final = ["all"]
_WORDS: Final = {word.value.lower(): word.value for word in Enablement}


def read_edits(body: bytes, version: str) -> Mapping[str, Edit]:
    """What a body makes of the rules of a policy, by their ids.

    A policy is sent whole or in part: what it says besides its rules is passed over.
    """
    sent = read_body(body, wire.SentPolicy).properties
    edits: dict[str, Edit] = {}
    for number, rule in enumerate((sent.rules if sent else None) or ()):
        rule_id, edit = _read_rule(rule, f"rules/{number}", version)
        if rule_id in edits:
            raise refuse_policy(rule_id, "is there twice")
        edits[rule_id] = edit
    return edits


def _read_rule(sent: _Sent, place: str, version: str) -> tuple[str, Edit]:
    slot = slots_of(version).get((sent.id or "").lower())
    if slot is None:
        raise refuse_rule(f"{place}/id", "is the id of no rule")
    if (sent.rule_type or "").lower() != RULE_TYPES[slot.type].lower():
        raise refuse_rule(f"{slot.id}/ruleType", f"is not {RULE_TYPES[slot.type]}")
    _check_target(sent.target, slot)
    return slot.id, partial(_edit, _READERS[slot.type](sent, slot, version))


def _edit(fields: _Fields, rule: Rule) -> Rule:
    return replace(rule, **fields)


def _check_target(sent: wire.Maybe[wire.RoleManagementPolicyRuleTarget], slot: RuleSlot) -> None:
    """A target says whom the rule binds, which nobody can change."""
    if not sent:
        return
    bound = {"caller": slot.target.caller.value, "level": slot.target.level.value}
    for name, said in (("caller", sent.caller), ("level", sent.level)):
        if said and said.lower() != bound[name].lower():
            raise refuse_rule(f"{slot.id}/target/{name}", f"is not {bound[name]}")
    operations = sent.operations or _ALL
    if [word.lower() for word in operations] != _ALL:
        raise refuse_rule(f"{slot.id}/target/operations", "is not all operations")


def _read_expiration(sent: _Sent, slot: RuleSlot, version: str) -> _Fields:
    place = f"{slot.id}/exceptionMembers"
    excepted = sent.exception_members if version == LATEST else UNSET
    return _keep(
        is_required=sent.is_expiration_required,
        maximum=_read_duration(sent.maximum_duration, f"{slot.id}/maximumDuration"),
        exceptions=_read_list(excepted, partial(read_exceptions, place=place)),
    )


def _read_duration(sent: wire.Maybe[str], place: str) -> timedelta | UnsetType:
    if sent is None or sent is UNSET:
        return UNSET
    try:
        return parse_duration(sent, place)
    except ODataProblem as problem:
        raise refuse_rule(place, problem.message) from problem


def _read_enablement(sent: _Sent, slot: RuleSlot, version: str) -> _Fields:
    del slot, version  # what nobody knows the domain judges
    return _keep(enabled=_read_list(sent.enabled_rules, _fold_words))


def _fold_words(sent: Iterable[str]) -> tuple[str, ...]:
    """The known words as they are published, others as they are."""
    return tuple(_WORDS.get(word.lower(), word) for word in sent)


def _read_approval(sent: _Sent, slot: RuleSlot, version: str) -> _Fields:
    del version  # it is the same in all
    setting, place = sent.setting, f"{slot.id}/setting"
    if not setting:
        return {}
    modes = {mode.value.lower(): mode for mode in ApprovalMode}
    stages = partial(_read_stages, place=f"{place}/approvalStages")
    return _keep(
        is_required=setting.is_approval_required,
        is_required_for_extension=setting.is_approval_required_for_extension,
        needs_requestor_justification=setting.is_requestor_justification_required,
        mode=_read_word(setting.approval_mode, modes, f"{place}/approvalMode"),
        stages=_read_list(setting.approval_stages, stages),
    )


def _read_stages(sent: Iterable[wire.ApprovalStage], place: str) -> tuple[ApprovalStage, ...]:
    return tuple(_read_stage(stage, f"{place}/{number}") for number, stage in enumerate(sent))


def _read_stage(sent: wire.ApprovalStage, place: str) -> ApprovalStage:
    approvers = partial(read_approvers, place=f"{place}/primaryApprovers")
    fields = _keep(
        timeout_days=sent.approval_stage_time_out_in_days,
        needs_justification=sent.is_approver_justification_required,
        is_escalation_enabled=sent.is_escalation_enabled,
        escalation_minutes=sent.escalation_time_in_minutes,
        primary=_read_list(sent.primary_approvers, approvers),
    )
    return ApprovalStage(**fields)


def _read_context(sent: _Sent, slot: RuleSlot, version: str) -> _Fields:
    del slot, version  # what value fits the domain judges
    claim = "" if sent.claim_value is None else sent.claim_value
    return _keep(is_enabled=sent.is_enabled, claim_value=claim)


def _read_notification(sent: _Sent, slot: RuleSlot, version: str) -> _Fields:
    del version  # it is the same in all
    recipient = recipient_of(slot)
    _read_word(sent.notification_type, {"email": "Email"}, f"{slot.id}/notificationType")
    _read_word(sent.recipient_type, {recipient.lower(): recipient}, f"{slot.id}/recipientType")
    levels = {level.value.lower(): level for level in NotificationLevel}
    return _keep(
        level=_read_word(sent.notification_level, levels, f"{slot.id}/notificationLevel"),
        has_default_recipients=sent.is_default_recipients_enabled,
        recipients=_read_list(sent.notification_recipients, tuple),
    )


def _read_pim_only(sent: _Sent, slot: RuleSlot, version: str) -> _Fields:
    del version  # those that know it know it alike
    settings, place = sent.pim_only_mode_settings, f"{slot.id}/pimOnlyModeSettings"
    if not settings:
        return {}
    modes = {mode.value.lower(): mode for mode in PimOnlyMode}
    excludes = partial(read_excludes, place=f"{place}/excludes")
    types = partial(_read_types, place=f"{place}/excludedAssignmentTypes")
    return _keep(
        mode=_read_word(settings.mode, modes, f"{place}/mode"),
        excludes=_read_list(settings.excludes, excludes),
        excluded_types=_read_list(settings.excluded_assignment_types, types),
    )


def _read_types(sent: Iterable[str], place: str) -> tuple[ExcludedAssignments, ...]:
    known = {one.value.lower(): one for one in ExcludedAssignments}
    found = dict.fromkeys(_find_word(word, known, place) for word in sent)
    return tuple(found)


def _read_word(sent: wire.Maybe[str], known: Mapping[str, Any], place: str) -> Any:  # noqa: ANN401 - whatever the words stand for
    return UNSET if sent is None or sent is UNSET else _find_word(sent, known, place)


def _find_word(sent: str, known: Mapping[str, Any], place: str) -> Any:  # noqa: ANN401 - whatever the words stand for
    found = known.get(sent.lower())
    if found is None:
        raise refuse_rule(place, f"is none of {', '.join(known)}")
    return found


def _read_list(sent: wire.Maybe[list[Any]], read: Callable[[list[Any]], tuple[Any, ...]]) -> Any:  # noqa: ANN401 - whatever is read
    return UNSET if sent is UNSET else read(sent or [])


def _keep(**fields: Any) -> _Fields:  # noqa: ANN401 - whatever the fields hold
    """The fields that were named: unset ones stay, and so does what cannot be empty."""
    return {name: held for name, held in fields.items() if held is not UNSET and held is not None}


_READERS: Final[Mapping[type[Rule], Callable[[_Sent, RuleSlot, str], _Fields]]] = {
    ExpirationRule: _read_expiration,
    EnablementRule: _read_enablement,
    ApprovalRule: _read_approval,
    AuthenticationContextRule: _read_context,
    NotificationRule: _read_notification,
    PimOnlyModeRule: _read_pim_only,
}
