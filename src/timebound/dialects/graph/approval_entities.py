"""What clients may select, filter and expand of approvals and their steps."""

from collections.abc import Mapping
from typing import Final

from timebound.dialects.odata.properties import EQUALITY, Property, PropertyType

_T = PropertyType

_PART: Final = (
    Property("id", _T.GUID, EQUALITY, "id"),
    Property("displayName"),
    Property("reviewedDateTime", _T.INSTANT),
    Property("reviewResult"),
    Property("status"),
    Property("assignedToMe", _T.FLAG),
    Property("justification"),
    Property("reviewedBy", _T.COMPLEX),
)
APPROVAL_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    "approval": ((Property("id", _T.GUID, EQUALITY, "id"),), {"stages": "approvalStage"}),
    "approvalStage": (_PART, {}),
    "approvalStep": (_PART, {}),
}
APPROVAL_IN_BETA: Final = {"steps": "approvalStep"}
"""Where an approval leads in beta, which calls its stages steps."""
