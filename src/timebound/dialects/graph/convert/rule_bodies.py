"""The rules that clients send: one by its own address, or some of a policy.

What a rule does not name stays as it is, so each is read as an edit of what is there.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from timebound.dialects.graph.convert.approver_bodies import read_setting
from timebound.dialects.graph.convert.exact import (
    Read,
    Shape,
    one_of,
    read_fields,
    read_flag,
    read_nothing,
    read_object,
    read_text,
    read_text_or_null,
    read_texts,
    read_type,
    refuse_policy,
    refuse_rule,
)
from timebound.dialects.graph.convert.policy_rules import RECIPIENTS, TYPE_NAMES
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.graph.scopes import is_guid
from timebound.dialects.odata.durations import parse_duration
from timebound.dialects.odata.problems import ODataProblem
from timebound.domain.policies import (
    EXTENSION_SLOTS,
    RULE_SLOTS,
    CustomExtensionRule,
    Rule,
    RuleSlot,
    Target,
)
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationLevel, NotificationRule
from timebound.domain.policy_changes import Edit

# quirk(graph): a rule under the type of another kind is a fault of its own - graph-docs#15910
_OTHER_KIND: Final = GraphError(
    HTTPStatus.BAD_REQUEST, "Request_BadRequest", "An error has occurred."
)
_SLOTS: Final = {id_.lower(): slot for id_, slot in RULE_SLOTS.items()}
_BETA_SLOTS: Final = _SLOTS | {id_.lower(): slot for id_, slot in EXTENSION_SLOTS.items()}
_MEMBERS: Final = frozenset(
    {
        "id",
        "displayName",
        "description",
        "isOrganizationDefault",
        "scopeId",
        "scopeType",
        "lastModifiedDateTime",
        "lastModifiedBy",
        "effectiveRules",
        "rules",
    }
)
"""What a policy has: all but its rules stays as it is, whatever a client sends."""
_COMMON_TYPES: Final = frozenset(TYPE_NAMES[slot.type] for slot in RULE_SLOTS.values())
"""The types of the rules that every policy has."""
_WORDS: Final = {word.value.lower(): word.value for word in Enablement}


def find_slot(rule_id: str, version: Version = Version.V1) -> RuleSlot | None:
    """The place in a policy that an id names, in any case; none when there is no such rule.

    Rules that name custom extensions are there in beta alone.
    """
    slots = _BETA_SLOTS if version is Version.BETA else _SLOTS
    return slots.get(rule_id.lower())


def read_rules(raw: Mapping[str, object], version: Version = Version.V1) -> dict[str, Edit]:
    """What a body makes of the rules of a policy, by their ids; its other members are not set."""
    if unknown := [name for name in raw if name not in _MEMBERS and "@odata." not in name]:
        raise refuse_policy(f"{unknown[0][:80]} is no member of it")
    sent = raw.get("rules", [])
    if not isinstance(sent, list):
        raise refuse_policy("rules is no list")
    edits: dict[str, Edit] = {}
    for one in sent:
        rule_id, edit = read_rule(one, version=version)
        if rule_id in edits:
            raise refuse_policy(f"{rule_id} is there twice")
        edits[rule_id] = edit
    return edits


def read_rule(
    raw: object, rule_id: str | None = None, version: Version = Version.V1
) -> tuple[str, Edit]:
    """The id of a rule and what the body makes of it; `rule_id` is the one that the path names."""
    place = rule_id or "rules"
    sent = read_object(raw, place)
    named = read_text(sent.get("id", rule_id), f"{place}/id")
    slot = find_slot(named, version)
    if slot is None or (rule_id is not None and slot is not find_slot(rule_id, version)):
        raise refuse_rule(f"{place}/id", "is not the id of the rule")
    _check_type(read_type(sent, slot.id), slot)
    fields = read_fields(sent, slot.id, _shape_of(slot))
    # What stands inside the setting are fields of the rule.
    fields |= fields.pop(_SETTING, {})
    return slot.id, partial(_edit, fields)


def _edit(fields: Mapping[str, Any], rule: Rule) -> Rule:
    return replace(rule, **fields)


def _check_type(type_: str, slot: RuleSlot) -> None:
    if type_ == TYPE_NAMES[slot.type]:
        return
    if type_ not in _COMMON_TYPES or slot.type is CustomExtensionRule:
        raise refuse_rule(slot.id, f"is of the type {type_[:80]}, which no such rule has")
    raise Refusal(_OTHER_KIND, f"{_OTHER_KIND.code} {slot.id} is of another type")


def _shape_of(slot: RuleSlot) -> Shape:
    checked: dict[str, tuple[None, Read]] = {
        "id": (None, read_text),
        "target": (None, partial(_check_target, slot.target)),
    }
    told = RECIPIENTS.get(slot.id)
    if told is not None:
        checked["recipientType"] = (None, one_of((told,)))
    return {**_SHAPES[slot.type], **checked}


def _check_target(target: Target, raw: object, place: str) -> None:
    """A target says whom the rule binds, which nobody can change."""
    read_fields(
        raw,
        place,
        {
            "caller": (None, one_of((target.caller.value,))),
            "level": (None, one_of((target.level.value,))),
            "operations": (None, _check_operations),
            "inheritableSettings": (None, read_nothing),
            "enforcedSettings": (None, read_nothing),
            "targetObjects": (None, read_nothing),
        },
    )


def _check_operations(raw: object, place: str) -> None:
    if [word.lower() for word in read_texts(raw, place)] != ["all"]:
        raise refuse_rule(place, "is not all operations")


def _read_duration(raw: object, place: str) -> timedelta:
    try:
        return parse_duration(read_text(raw, place), place)
    except ODataProblem as problem:
        raise refuse_rule(place, problem.message) from problem


def _read_enabled(raw: object, place: str) -> tuple[str, ...]:
    """The words of the list: the known ones as they are published, others as they are."""
    return tuple(_WORDS.get(word.lower(), word) for word in read_texts(raw, place))


def _read_level(raw: object, place: str) -> NotificationLevel:
    return NotificationLevel(_read_level_word(raw, place))


def _read_extension(raw: object, place: str) -> str | None:
    """The id of a custom extension; null, or nothing, where none is asked."""
    named = (read_text_or_null(raw, place) or "").lower()
    if named and not is_guid(named):
        raise refuse_rule(place, "is no id of a custom extension")
    return named or None


_SETTING: Final = "setting"
_read_level_word: Final[Read] = one_of(level.value for level in NotificationLevel)
_SHAPES: Final[Mapping[type[Rule], Shape]] = {
    ExpirationRule: {
        "isExpirationRequired": ("is_required", read_flag),
        "maximumDuration": ("maximum", _read_duration),
    },
    EnablementRule: {"enabledRules": ("enabled", _read_enabled)},
    ApprovalRule: {"setting": (_SETTING, read_setting)},
    AuthenticationContextRule: {
        "isEnabled": ("is_enabled", read_flag),
        "claimValue": ("claim_value", read_text_or_null),
    },
    CustomExtensionRule: {
        "customExtensionId": ("extension_id", _read_extension),
        "isEnabled": ("is_enabled", read_flag),
    },
    NotificationRule: {
        "notificationType": (None, one_of(("Email",))),
        "notificationLevel": ("level", _read_level),
        "isDefaultRecipientsEnabled": ("has_default_recipients", read_flag),
        "notificationRecipients": ("recipients", read_texts),
    },
}
"""By kind of rule the members that are its own."""
