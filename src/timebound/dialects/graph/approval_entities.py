"""What clients may select, filter and expand of approvals and their steps."""

from collections.abc import Mapping
from typing import Final

from timebound.dialects.odata.properties import EQUALITY, Property, PropertyType

_T = PropertyType

APPROVAL_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    "approval": (
        (Property("id", _T.GUID, EQUALITY, "id"),),
        {"steps": "approvalStep"},
    ),
    "approvalStep": (
        (
            Property("id", _T.GUID, EQUALITY, "id"),
            Property("displayName"),
            Property("reviewedDateTime", _T.INSTANT),
            Property("reviewResult"),
            Property("status"),
            Property("assignedToMe", _T.FLAG),
            Property("justification"),
            Property("reviewedBy", _T.COMPLEX),
        ),
        {},
    ),
}
