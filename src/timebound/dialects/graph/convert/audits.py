"""Audit records as they are answered."""

import json

from timebound.application.audit_ports import KeptAudit, KeptInitiator, KeptTarget
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.odata.dates import format_instant


def show_audit(record: KeptAudit, wording: Wording) -> dict[str, object]:
    """A directoryAudit."""
    return {
        "id": record.id,
        "category": record.category,
        "correlationId": record.correlation_id,
        "result": record.result,
        "resultReason": record.reason or "",
        "activityDisplayName": record.activity,
        "activityDateTime": format_instant(record.at),
        "loggedByService": record.service,
        "operationType": record.operation,
        "initiatedBy": _show_initiator(record.initiator, wording),
        "targetResources": [_show_target(target) for target in record.targets],
        "additionalDetails": [{"key": name, "value": value} for name, value in record.details],
    }


def _show_initiator(by: KeptInitiator, wording: Wording) -> dict[str, object]:
    if by.is_application:
        app = {
            "appId": by.id,
            "displayName": by.name,
            "servicePrincipalId": by.account_id,
            "servicePrincipalName": None,
        }
        return {"app": app, "user": None}
    user: dict[str, object] = {
        "id": by.id,
        "displayName": by.name,
        "userPrincipalName": by.user_principal_name,
        "ipAddress": by.address,
    }
    if wording.is_beta:
        user |= {"homeTenantId": None, "homeTenantName": None}
    return {"app": None, "user": user}


def _show_target(target: KeptTarget) -> dict[str, object]:
    return {
        "id": target.id,
        "displayName": target.name,
        "type": target.type,
        "userPrincipalName": target.user_principal_name,
        "groupType": "azureAD" if target.type == "Group" else None,
        "modifiedProperties": [
            {
                "displayName": change.name,
                "oldValue": _quote(change.old),
                "newValue": _quote(change.new),
            }
            for change in target.changes
        ],
    }


def _quote(value: str | None) -> str | None:
    """A value as JSON text inside of JSON."""
    # quirk(graph): values stand in quotation marks of their own - observed records
    return None if value is None else json.dumps(value, ensure_ascii=False)
