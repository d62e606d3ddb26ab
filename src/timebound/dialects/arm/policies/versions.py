"""The api-versions of policies, and the rules that are told and taken in each."""

from collections.abc import Mapping
from typing import Final

from timebound.domain.policies import ALL_SLOTS, PIM_ONLY_MODE, RuleSlot

FIRST: Final = "2020-10-01-preview"
"""The one whose assignments do not tell the rules."""
LATEST: Final = "2024-09-01-preview"
"""The one that knows exceptions of expirations, and tells who has changed what."""
_PIM_ONLY: Final = frozenset({"2024-02-01-preview", LATEST})
"""Those that know the rule about assignments past requests."""
VERSIONS: Final = frozenset({FIRST, "2020-10-01", *_PIM_ONLY})


def _name_rules(place: str, *before: str) -> tuple[str, ...]:
    recipients = ("Admin", "Requestor", "Approver")
    kinds = (*before, "Enablement", "Expiration", *(f"Notification_{one}" for one in recipients))
    return tuple(f"{kind}_{place}" for kind in kinds)


_ORDER: Final = (
    *_name_rules("Admin_Eligibility"),
    *_name_rules("Admin_Assignment"),
    *_name_rules("EndUser_Assignment", "Approval", "AuthenticationContext"),
)
"""The ids of the rules that every policy has, in the order of the service. Source: recordings."""
_SLOTS: Final = {id_.lower(): ALL_SLOTS[id_] for id_ in _ORDER}
_ALL_SLOTS: Final = {**_SLOTS, PIM_ONLY_MODE.lower(): ALL_SLOTS[PIM_ONLY_MODE]}


def slots_of(version: str) -> Mapping[str, RuleSlot]:
    """The places of rules in a policy by their ids in lower case, in the order of the service."""
    return _ALL_SLOTS if version in _PIM_ONLY else _SLOTS
