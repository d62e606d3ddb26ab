"""Rows of the audit log and the records they hold, in both directions."""

from collections.abc import Iterator
from typing import Final

import msgspec

from timebound.application.audit_ports import KeptAudit, KeptInitiator, KeptTarget
from timebound.domain.ids import TenantId
from timebound.storage.columns import read_instant
from timebound.storage.documents import write_document
from timebound.storage.rows import Row
from timebound.storage.statements import Values

AUDIT_COLUMNS: Final = (
    "id",
    "event_id",
    "at",
    "activity",
    "category",
    "service",
    "operation",
    "result",
    "reason",
    "correlation_id",
    "initiator",
    "targets",
    "details",
)
_initiators: Final = msgspec.json.Decoder(KeptInitiator)
_targets: Final = msgspec.json.Decoder(tuple[KeptTarget, ...])
_details: Final = msgspec.json.Decoder(tuple[tuple[str, str], ...])


def write_audit(tenant_id: TenantId, record: KeptAudit) -> Values:
    """The row of a record."""
    by = record.initiator
    return {
        "tenant_id": tenant_id,
        "id": record.id,
        "event_id": record.event_id,
        "at": record.at,
        "activity": record.activity,
        "activity_key": record.activity.lower(),
        "category": record.category,
        "service": record.service,
        "operation": record.operation,
        "result": record.result,
        "reason": record.reason,
        "correlation_id": record.correlation_id,
        "user_id": None if by.is_application else by.id,
        "user_name_key": None if by.is_application else _fold(by.name),
        "user_principal_name_key": _fold(by.user_principal_name),
        "app_id": by.id if by.is_application else None,
        "app_name_key": _fold(by.name) if by.is_application else None,
        "initiator": write_document(by),
        "targets": write_document(record.targets),
        "details": write_document(record.details),
    }


def write_targets(tenant_id: TenantId, record: KeptAudit) -> Iterator[Values]:
    """The rows by which a record is found by what it is about."""
    return (
        {
            "tenant_id": tenant_id,
            "record_id": record.id,
            "place": place,
            "target_id": _fold(target.id),
            "name_key": _fold(target.name),
        }
        for place, target in enumerate(record.targets)
    )


def read_audit(row: Row) -> KeptAudit:
    """The record of a row."""
    return KeptAudit(
        id=row[0],
        event_id=row[1],
        at=read_instant(row[2]),
        activity=row[3],
        category=row[4],
        service=row[5],
        operation=row[6],
        result=row[7],
        reason=row[8],
        correlation_id=row[9],
        initiator=_initiators.decode(row[10]),
        targets=_targets.decode(row[11]),
        details=_details.decode(row[12]),
    )


def _fold(text: str | None) -> str | None:
    return None if text is None else text.lower()
