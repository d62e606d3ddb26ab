"""The ids of schedules and instances of groups: group, access and a GUID in one text.

Source: behaviour book 1.2 and ASG-050; Graph notes 3.
"""

import re
from typing import Final

from timebound.application.queries import NEVER, And, Compare, Condition, Not, Operator
from timebound.dialects.graph.rewrites import IS_ENDING, negate
from timebound.domain.grants import Grant, Slot

_GUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_FORM: Final = re.compile(rf"({_GUID})_(member|owner)_({_GUID})", re.IGNORECASE | re.ASCII)


def format_group_id(slot: Slot, id_: str) -> str:
    """The id of what a request writes, or of what was given past PIM, in a slot of a group."""
    return f"{slot.scope.path}_{slot.role_id}_{id_}"


def name_group_schedule(grant: Grant) -> str:
    """The id of a schedule, which its instance shares."""
    return format_group_id(grant.slot, grant.id)


def ask_group_schedule(asked: Compare) -> Condition:
    """The id of a schedule or of an instance, in any case."""
    return negate(asked, _ask_parts(asked.value))


def ask_group_target(asked: Compare) -> Condition:
    """The schedule that a request writes; what takes away writes none."""
    if asked.value is None:
        return negate(asked, IS_ENDING)
    return negate(asked, And((_ask_parts(asked.value), Not(IS_ENDING))))


def _ask_parts(value: object) -> Condition:
    found = _FORM.fullmatch(str(value))
    if found is None:
        return NEVER
    group_id, access, id_ = (part.lower() for part in found.groups())
    return And(
        (
            Compare("scope", Operator.EQ, group_id),
            Compare("role_id", Operator.EQ, access),
            Compare("id", Operator.EQ, id_),
        )
    )
