"""The setting of the approval rule, with its stages and approvers, as clients send it.

v1.0 and beta name approvers in ways of their own; clients mix them, so both are taken by either.
"""

from collections.abc import Mapping
from typing import Any, Final

from timebound.dialects.graph.convert.exact import (
    Shape,
    one_of,
    read_fields,
    read_flag,
    read_list,
    read_number,
    read_object,
    read_text_or_null,
    read_type,
    refuse_rule,
)
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.scopes import is_guid
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.approval import ApprovalMode, ApprovalStage, Approver, ApproverKind

_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_read_mode: Final = one_of(mode.value for mode in ApprovalMode)


def read_setting(raw: object, place: str) -> dict[str, Any]:
    """The fields of the approval rule that a setting names."""
    return read_fields(raw, place, _SETTING)


def _read_mode_word(raw: object, place: str) -> ApprovalMode:
    return ApprovalMode(_read_mode(raw, place))


def _read_stages(raw: object, place: str) -> tuple[ApprovalStage, ...]:
    return tuple(
        ApprovalStage(**read_fields(one, f"{place}/{n}", _STAGE))
        for n, one in enumerate(read_list(raw, place))
    )


def _read_approvers(raw: object, place: str) -> tuple[Approver, ...]:
    return tuple(_read_approver(one, f"{place}/{n}") for n, one in enumerate(read_list(raw, place)))


def _read_approver(raw: object, place: str) -> Approver:
    type_ = read_type(read_object(raw, place), place)
    form = _FORMS.get(type_)
    if form is None:
        raise refuse_rule(place, "is of a type that cannot approve here")
    shape, id_name = form
    fields = read_fields(raw, place, shape)
    told = {fields.pop(name, None) for name in ("id", "id_of_kind")} - {None}
    if len(told) > 1:
        raise refuse_rule(place, "has two ids")
    if id_name is not None and not told:
        raise bad_request(f"The property '{place}/{id_name}' is missing.")
    return Approver(ApproverKind(type_), *told, **fields)


def _read_id(raw: object, place: str) -> PrincipalId | None:
    """The id in lower case; null says nothing."""
    text = read_text_or_null(raw, place)
    if text is None:
        return None
    folded = text.lower()
    if not is_guid(folded) or folded == _NOBODY:
        raise bad_request(f"Invalid GUID: the property '{place}' is '{text[:80]}'.")
    return PrincipalId(folded)


_APPROVER: Final[Shape] = {
    "id": ("id", _read_id),
    "description": ("description", read_text_or_null),
    "isBackup": ("is_backup", read_flag),
}
_FORMS: Final[Mapping[str, tuple[Shape, str | None]]] = {
    ApproverKind.USER.value: ({**_APPROVER, "userId": ("id_of_kind", _read_id)}, "userId"),
    ApproverKind.GROUP.value: ({**_APPROVER, "groupId": ("id_of_kind", _read_id)}, "groupId"),
    ApproverKind.REQUESTOR_MANAGER.value: (
        {"managerLevel": (None, read_number), "isBackup": ("is_backup", read_flag)},
        None,
    ),
}
"""By type the members that an approver may have, and the one that names them in v1.0."""
_STAGE: Final[Shape] = {
    "approvalStageTimeOutInDays": ("timeout_days", read_number),
    "isApproverJustificationRequired": ("needs_justification", read_flag),
    "escalationTimeInMinutes": ("escalation_minutes", read_number),
    "isEscalationEnabled": ("is_escalation_enabled", read_flag),
    "primaryApprovers": ("primary", _read_approvers),
    # quirk(graph): who would be asked later is taken and not kept - unifiedApprovalStage, note
    "escalationApprovers": (None, _read_approvers),
}
_SETTING: Final[Shape] = {
    "isApprovalRequired": ("is_required", read_flag),
    "isApprovalRequiredForExtension": ("is_required_for_extension", read_flag),
    "isRequestorJustificationRequired": ("needs_requestor_justification", read_flag),
    "approvalMode": ("mode", _read_mode_word),
    "approvalStages": ("stages", _read_stages),
}
