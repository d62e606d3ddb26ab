"""Comparisons that one field of the domain does not answer, put into those that do.

Each takes a comparison by `eq` or `ne` (instants: any) and answers the condition that it means.
"""

from typing import Final

from timebound.application.queries import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
)
from timebound.dialects.graph.identifiers import HeldId, parse_held_id
from timebound.dialects.graph.scopes import is_guid, parse_scope
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Action

_WITHOUT_REQUEST: Final = Compare("request_id", Operator.EQ, None)
_OUTSIDE: Final = And((_WITHOUT_REQUEST, Compare("kind", Operator.EQ, GrantKind.ASSIGNED.value)))
"""What was assigned past PIM (`convert.grants.is_outside`)."""
IS_ENDING: Final = OneOf("action", tuple(one.value for one in Action if one.is_ending))
"""A request takes something away, and writes no schedule."""


def ask_scope(asked: Compare) -> Condition:
    """A directory scope in any casing."""
    scope = parse_scope(str(asked.value))
    found = Compare("scope", Operator.EQ, scope.path) if scope else NEVER
    return negate(asked, found)


def ask_app_scope(asked: Compare) -> Condition:
    """A scope inside an application, which nothing here has."""
    return negate(asked, ALWAYS if asked.value is None else NEVER)


def ask_consent_type(asked: Compare) -> Condition:
    """Whether an application acts for everybody, which is for no person in particular."""
    return Compare("user_id", Operator.EQ if asked.value else Operator.NE, "")


def ask_whom(asked: Compare) -> Condition:
    """The person for whom an application acts, null where it does for everybody."""
    return Compare("user_id", asked.operator, asked.value or "")


def ask_held_id(asked: Compare) -> Condition:
    """The computed id of an instance or a role assignment."""
    held = parse_held_id(str(asked.value))
    return negate(asked, _ask_slot(held) if held else NEVER)


def ask_schedule_id(asked: Compare) -> Condition:
    """The id of a schedule: its request's, or a computed one where there was no request."""
    held = parse_held_id(str(asked.value))
    if held is None:
        return negate(asked, _ask_request(asked.value))
    return negate(asked, And((_ask_slot(held), _WITHOUT_REQUEST)))


def ask_start(asked: Compare) -> Condition:
    """The start of an instance, which is not told of what was assigned past PIM."""
    return _ask_told(asked)


def ask_created(asked: Compare) -> Condition:
    """The making of a schedule, which is not told of what was assigned past PIM."""
    return _ask_told(asked)


def ask_target_schedule(asked: Compare) -> Condition:
    """The schedule a request writes has the request's id; what takes away writes none."""
    if asked.value is None:
        return negate(asked, IS_ENDING)
    return negate(asked, And((Compare("id", Operator.EQ, asked.value), Not(IS_ENDING))))


def _ask_told(asked: Compare) -> Condition:
    if asked.value is None:
        return negate(asked, _OUTSIDE)
    if asked.operator is Operator.NE:
        return Not(_ask_told(Compare(asked.field, Operator.EQ, asked.value)))
    return And((asked, Not(_OUTSIDE)))


def _ask_request(value: object) -> Condition:
    text = str(value).lower()
    if not is_guid(text):
        return NEVER
    # A grant has its request's id; the one that a grant without a request has is told nowhere.
    return And((Compare("id", Operator.EQ, text), Not(_WITHOUT_REQUEST)))


def _ask_slot(held: HeldId) -> Condition:
    """What a computed id says, its `-e` included."""
    is_kind = Compare("kind", Operator.EQ, GrantKind.ELIGIBLE.value)
    return And(
        (
            Compare("principal_id", Operator.EQ, held.slot.principal_id),
            Compare("role_id", Operator.EQ, held.slot.role_id),
            Compare("scope", Operator.EQ, held.slot.scope.path),
            is_kind if held.is_eligible else Not(is_kind),
        )
    )


def negate(asked: Compare, found: Condition) -> Condition:
    """What was asked for by `ne` is everything that is not found."""
    return Not(found) if asked.operator is Operator.NE else found
