"""From `$filter` to what is asked: whose entries, around which place, and on what condition.

Source: arm notes 5; behaviour book 5 and the rows INS of its table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.azure_reading import AzureQuestion
from timebound.application.queries import (
    ALWAYS,
    And,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Value,
)
from timebound.application.views import FIELDS, Reach, Relation, View
from timebound.dialects.arm.ids import is_guid, read_guid
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.dialects.odata.filter import Call as FilterCall
from timebound.dialects.odata.filter import parse_filter
from timebound.domain.folding import fold
from timebound.domain.grants import GrantKind
from timebound.domain.ids import PrincipalId
from timebound.domain.scopes import Scope

_FIELDS: Final[Mapping[str, str]] = {
    "principalid": "principal_id",
    "roledefinitionid": "role_id",
    "scope": "scope",
    "status": "status",
    "name": "id",
    "roleassignmentscheduleid": "id",
    "roleeligibilityscheduleid": "id",
    "roleassignmentschedulerequestid": "request_id",
    "roleeligibilityschedulerequestid": "request_id",
    "linkedroleeligibilityscheduleid": "eligibility_id",
    "requesttype": "action",
    "requestorid": "author_id",
    "assignmenttype": "kind",
}
"""The properties that a filter may name, and the fields they are of."""
_IDS: Final = frozenset({"principal_id", "role_id", "id", "request_id", "eligibility_id"})
_PROPERTIES: Final = "properties/"
_ABOUT_REQUESTS: Final = (View.ELIGIBILITY_REQUESTS, View.ASSIGNMENT_REQUESTS, View.APPROVALS)
_TYPED: Final = (View.ASSIGNMENT_SCHEDULES, View.ASSIGNMENT_INSTANCES)
_KINDS: Final[Mapping[str, str]] = {
    one.value: one.value for one in (GrantKind.ACTIVATED, GrantKind.ASSIGNED)
}
"""How something is had, by the types of assignments in lower case."""
_AT_SCOPE: Final = "atscope"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the condition that what is told has to meet."""

    question: AzureQuestion
    condition: Condition = ALWAYS


def read_question(text: str, place: Scope, view: View) -> Asked:
    """What a filter asks around a place; without one, everything at, above and below it.

    Refused when it cannot be read, names what the entries of the view do not have, or asks for
    those of two relations.
    """
    asked = Asked(AzureQuestion(place, Reach.AROUND))
    if not text.strip():
        return asked
    parsed = parse_filter(text.strip())
    asked = replace(asked, condition=_bind(parsed.condition, view))
    _check_relations(parsed.calls)
    for call in parsed.calls:
        asked = replace(asked, question=_narrow(asked.question, call, view))
    return asked


def _check_relations(calls: Sequence[FilterCall]) -> None:
    """Refuses two functions that both say whose entries are meant: one would silence the other."""
    names = [f"'{one.name[:40]}()'" for one in calls if one.name.lower() in _CHOOSING]
    if len(names) > 1:
        raise bad_request(
            f"The functions {' and '.join(names[:9])} do not go together in '$filter'."
        )


def _narrow(question: AzureQuestion, call: FilterCall, view: View) -> AzureQuestion:
    known = {**_CALLS, **_REQUEST_CALLS} if view in _ABOUT_REQUESTS else _CALLS
    narrow = known.get(call.name.lower())
    if narrow is None:
        raise bad_request(f"The function '{call.name[:40]}()' is not supported in '$filter' here.")
    return narrow(question, call)


def _at_scope(question: AzureQuestion, call: FilterCall) -> AzureQuestion:
    _take_nothing(call)
    return replace(question, reach=Reach.ABOVE)


def _as_target(question: AzureQuestion, call: FilterCall) -> AzureQuestion:
    """What the caller has: there and below, and nothing that is inherited from above.

    With `atScope()`, before it or behind, there and above: one says whose, the other one where.
    """
    _take_nothing(call)
    # quirk(arm): alone it tells nothing from above, with atScope() it does - notes 5, users of Az
    reach = question.reach if question.reach is Reach.ABOVE else Reach.BELOW
    return replace(question, relation=Relation.PRINCIPAL, reach=reach)


def _as_requestor(question: AzureQuestion, call: FilterCall) -> AzureQuestion:
    _take_nothing(call)
    return replace(question, relation=Relation.CREATOR)


def _as_approver(question: AzureQuestion, call: FilterCall) -> AzureQuestion:
    _take_nothing(call)
    return replace(question, relation=Relation.APPROVER)


def _assigned_to(question: AzureQuestion, call: FilterCall) -> AzureQuestion:
    """What somebody has, through groups as well."""
    value = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(value, str) or not is_guid(value):
        raise bad_request(f"'{call.name}' takes the id of one principal.")
    principal_id = PrincipalId(value.lower())
    return replace(question, relation=Relation.PRINCIPAL, principal_id=principal_id)


def _take_nothing(call: FilterCall) -> None:
    if call.arguments:
        raise bad_request(f"'{call.name}()' takes no arguments.")


_CALLS: Final[Mapping[str, Callable[[AzureQuestion, FilterCall], AzureQuestion]]] = {
    _AT_SCOPE: _at_scope,
    "astarget": _as_target,
    "assignedto": _assigned_to,
}
_REQUEST_CALLS: Final[Mapping[str, Callable[[AzureQuestion, FilterCall], AzureQuestion]]] = {
    "asrequestor": _as_requestor,
    "ascreatedby": _as_requestor,
    "asapprover": _as_approver,
}

_CHOOSING: Final = frozenset({*_CALLS, *_REQUEST_CALLS} - {_AT_SCOPE})
"""Those that say whose entries are meant."""


def _bind(condition: Condition, view: View) -> Condition:
    match condition:
        case Compare(name, (Operator.EQ | Operator.NE) as operator, value):
            field = _find_field(name, view)
            return Compare(field, operator, _bind_value(field, name, value))
        case OneOf(name, values):
            field = _find_field(name, view)
            return OneOf(field, tuple(_bind_value(field, name, value) for value in values))
        case And(parts):
            return And(tuple(_bind(part, view) for part in parts))
        case Or(parts):
            return Or(tuple(_bind(part, view) for part in parts))
        case Not(part):
            return Not(_bind(part, view))
        case _:
            raise bad_request("The '$filter' compares in a way that is not supported here.")


def _find_field(name: str, view: View) -> str:
    bare = name.lower().removeprefix(_PROPERTIES)
    field = _FIELDS.get(bare)
    is_told = field in FIELDS[view] and (field != "kind" or view in _TYPED)
    if field is None or not is_told:
        raise bad_request(f"The property '{name[:80]}' is not supported in '$filter' here.")
    return field


def _bind_value(field: str, name: str, value: Value) -> Value:
    if field == "kind":
        return _bind_kind(name, value)
    if not isinstance(value, str):
        raise _refuse_value(name)
    if field in _IDS:
        guid = read_guid(value)
        if guid is None:
            raise _refuse_value(name)
        return guid
    if field == "action":
        return f"{value[:1].lower()}{value[1:]}"
    return fold(value) if field in {"scope", "author_id"} else value


def _bind_kind(name: str, value: Value) -> Value:
    kind = _KINDS.get(value.lower()) if isinstance(value, str) else None
    if kind is None:
        raise bad_request(f"The property '{name[:80]}' is either 'Activated' or 'Assigned'.")
    return kind


def _refuse_value(name: str) -> Refusal:
    return bad_request(f"The value of '{name[:80]}' in '$filter' is no id of such a thing.")
