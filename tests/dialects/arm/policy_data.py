"""Policies of Azure roles as the service was seen to tell them, in data of our own."""

from typing import Any, Final

RULE: Final = "RoleManagementPolicy"
PLACES: Final = {
    "Admin_Eligibility": ("Admin", "Eligibility"),
    "Admin_Assignment": ("Admin", "Assignment"),
    "EndUser_Assignment": ("EndUser", "Assignment"),
}


def rule(kind: str, place: str, who: str | None = None, **members: object) -> dict[str, Any]:
    """A rule as it is told."""
    caller, level = PLACES[place]
    name = f"{kind}_{who}" if who else kind
    return {
        "id": f"{name}_{place}",
        "ruleType": f"{RULE}{kind}Rule",
        "target": {"caller": caller, "operations": ["All"], "level": level},
        **members,
    }


def notification(place: str, who: str, **members: object) -> dict[str, Any]:
    """A rule about who hears of what, as it is at first but for some members."""
    at_first = rule(
        "Notification",
        place,
        who,
        notificationType="Email",
        recipientType=who,
        isDefaultRecipientsEnabled=True,
        notificationLevel="All",
    )
    return {**at_first, **members}


def _notifications(place: str) -> list[dict[str, Any]]:
    return [notification(place, who) for who in ("Admin", "Requestor", "Approver")]


STAGE: Final[dict[str, Any]] = {
    "approvalStageTimeOutInDays": 1,
    "isApproverJustificationRequired": True,
    "escalationTimeInMinutes": 0,
    "isEscalationEnabled": False,
}


def approval(*approvers: dict[str, Any], is_required: bool = False) -> dict[str, Any]:
    """The rule about approvals."""
    stage = {**STAGE, "primaryApprovers": list(approvers)} if approvers else STAGE
    setting = {
        "isApprovalRequired": is_required,
        "isApprovalRequiredForExtension": False,
        "isRequestorJustificationRequired": True,
        "approvalMode": "SingleStage",
        "approvalStages": [stage],
    }
    return rule("Approval", "EndUser_Assignment", setting=setting)


def expiration(place: str, maximum: str, *, is_required: bool = True) -> dict[str, Any]:
    """A rule about how long something may be held."""
    return rule("Expiration", place, isExpirationRequired=is_required, maximumDuration=maximum)


def enablement(place: str, *enabled: str) -> dict[str, Any]:
    """A rule about what a request has to bring."""
    return rule("Enablement", place, enabledRules=list(enabled))


FACTORY: Final[list[dict[str, Any]]] = [
    enablement("Admin_Eligibility"),
    expiration("Admin_Eligibility", "P365D"),
    *_notifications("Admin_Eligibility"),
    enablement("Admin_Assignment", "Justification"),
    expiration("Admin_Assignment", "P180D"),
    *_notifications("Admin_Assignment"),
    approval(),
    rule("AuthenticationContext", "EndUser_Assignment", isEnabled=False),
    enablement("EndUser_Assignment", "Justification"),
    expiration("EndUser_Assignment", "PT8H"),
    *_notifications("EndUser_Assignment"),
]
"""All rules as nobody has changed them, in the order of the service."""


def with_rules(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules as they are at first, but for some."""
    own = {one["id"]: one for one in changed}
    return [own.get(one["id"], one) for one in FACTORY]


def body(*rules: dict[str, Any], **members: object) -> dict[str, Any]:
    """A change of some rules as clients send it."""
    return {"properties": {"rules": list(rules), **members}}
