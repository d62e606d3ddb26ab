"""What `$filter` asks of privileged resources: clauses that all have to hold, and nothing nested.

Source: routes.tsp of Microsoft.Authorization PrivilegedAccess, 2026-06-01-preview.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from timebound.application.privileged_resources import Estate, PrivilegedResource
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.domain.azure.places import resource_group_of

LONGEST: Final = 4_096
LONGEST_LITERAL: Final = 1_024
MOST_INPUTS: Final = 50
_TEXT: Final = r"'(?:[^']|'')*'"
_FIELD: Final = r"[A-Za-z]+(?:\.[^\s(),'=]+)?"
_CLAUSE: Final = re.compile(
    rf"(?P<infix>(?P<field>{_FIELD})\s+(?P<operator>eq|ne)\s+(?P<value>{_TEXT}))"
    rf"|(?P<among>(?P<of>{_FIELD})\s+in\s+\(\s*(?P<values>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))"
    rf"|(?P<called>(?P<function>[A-Za-z]+)\(\s*(?P<in>{_FIELD})\s*,\s*(?P<part>{_TEXT})\s*\))"
    r"|(?P<any>roles/any\(\s*(?P<each>[A-Za-z_]+)\s*:\s*(?P<same>[A-Za-z_]+)/assignmentStatus\s+"
    rf"eq\s+(?P<status>{_TEXT})\s*\))"
)
_AND: Final = re.compile(r"\s+and\s+")
_LITERAL: Final = re.compile(_TEXT)
_TAG: Final = "tags."
_STATUSES: Final = {"active": True, "eligible": False}

Keeps: TypeAlias = Callable[[PrivilegedResource], bool]
KeepsEstate: TypeAlias = Callable[[Estate], bool]


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """What has to hold of a resource, and what of the subscription that it lies in."""

    clauses: tuple[Keeps, ...] = ()
    estate_clauses: tuple[KeepsEstate, ...] = ()

    def keeps(self, resource: PrivilegedResource) -> bool:
        """Whether the resource is asked for."""
        return all(clause(resource) for clause in self.clauses)

    def keeps_estate(self, estate: Estate) -> bool:
        """Whether resources of the subscription are asked for at all."""
        return all(clause(estate) for clause in self.estate_clauses)


def tag_of(resource: PrivilegedResource, name: str) -> str:
    """The value of a tag, its name in any casing; nothing where there is none."""
    tags = resource.node.content.details.get("tags")
    if not isinstance(tags, dict):
        return ""
    return next((str(value) for key, value in tags.items() if str(key).lower() == name), "")


def _location_of(resource: PrivilegedResource) -> str:
    return str(resource.node.content.details.get("location") or "")


_READ: Final[Mapping[str, Callable[[PrivilegedResource], str]]] = {
    "type": lambda one: one.node.type,
    "scope": lambda one: one.node.place.path,
    "displayName": lambda one: one.node.display_name,
    "location": _location_of,
    "resourceGroup": lambda one: resource_group_of(one.node.place) or "",
}
_READ_ESTATE: Final[Mapping[str, Callable[[Estate], str]]] = {
    "subscriptionId": lambda one: one.subscription.name,
    "subscriptionName": lambda one: one.subscription.display_name,
}
_SEARCHED: Final = frozenset({"eq", "ne", "contains", "startswith"})
_OPERATORS: Final[Mapping[str, frozenset[str]]] = {
    "type": frozenset({"eq", "in"}),
    "scope": frozenset({"eq", "in"}),
    "subscriptionId": frozenset({"eq", "ne", "in"}),
    "subscriptionName": _SEARCHED,
    "resourceGroup": _SEARCHED | {"in"},
    "displayName": _SEARCHED,
    "location": _SEARCHED,
    _TAG: _SEARCHED,
}
_TESTS: Final[Mapping[str, Callable[[str, tuple[str, ...]], bool]]] = {
    "eq": lambda text, wanted: text == wanted[0],
    "ne": lambda text, wanted: text != wanted[0],
    "in": lambda text, wanted: text in wanted,
    "contains": lambda text, wanted: wanted[0] in text,
    "startswith": lambda text, wanted: text.startswith(wanted[0]),
}


def read_filter(text: str) -> ResourceFilter:
    """What a filter asks; without one, everything.

    Refused when it is too long, nested, or asks a property for what it cannot be asked.
    """
    if not text:
        return ResourceFilter()
    if len(text) > LONGEST:
        raise _refuse(f"it has more than {LONGEST} characters")
    clauses: list[Keeps] = []
    of_estates: list[KeepsEstate] = []
    inputs, position = 0, 0
    while True:
        found = _CLAUSE.match(text, position)
        if found is None:
            raise _refuse(f"it cannot be read from character {position + 1} on")
        inputs += _read_clause(found, clauses, of_estates)
        if inputs > MOST_INPUTS:
            raise _refuse(f"it has more than {MOST_INPUTS} values")
        if found.end() == len(text):
            return ResourceFilter(tuple(clauses), tuple(of_estates))
        joined = _AND.match(text, found.end())
        if joined is None:
            raise _refuse(f"'and' is expected at character {found.end() + 1}")
        position = joined.end()


def _read_clause(found: re.Match[str], clauses: list[Keeps], of_estates: list[KeepsEstate]) -> int:
    """Adds a clause where it belongs; how many values it compares with."""
    if found["any"] is not None:
        clauses.append(_read_status(found))
        return 1
    if found["infix"] is not None:
        name, operator, values = found["field"], found["operator"], (found["value"],)
    elif found["among"] is not None:
        texts = tuple(_LITERAL.findall(found["values"]))
        name, operator, values = found["of"], "in", texts
    else:
        name, operator, values = found["in"], found["function"], (found["part"],)
    wanted = tuple(_read_literal(one) for one in values)
    _check(name, operator)
    holds = _TESTS[operator]
    if name in _READ_ESTATE:
        read_estate = _READ_ESTATE[name]
        of_estates.append(lambda one: holds(read_estate(one).lower(), wanted))
    else:
        read = _READ.get(name) or _read_tag(name)
        clauses.append(lambda one: holds(read(one).lower(), wanted))
    return len(wanted)


def _check(name: str, operator: str) -> None:
    field = _TAG if name.startswith(_TAG) and len(name) > len(_TAG) else name
    known = _OPERATORS.get(field)
    if known is None:
        raise _refuse(f"'{name[:80]}' is not a property that can be asked about")
    if operator not in known:
        raise _refuse(f"'{name[:80]}' cannot be asked with '{operator[:40]}'")


def _read_tag(name: str) -> Callable[[PrivilegedResource], str]:
    tag = name.removeprefix(_TAG).lower()
    return lambda one: tag_of(one, tag)


def _read_status(found: re.Match[str]) -> Keeps:
    wanted = _STATUSES.get(_read_literal(found["status"]))
    if wanted is None or found["each"] != found["same"]:
        raise _refuse("roles can be asked for one of 'active' and 'eligible'")
    return lambda one: any(role.is_active is wanted for role in one.roles)


def _read_literal(text: str) -> str:
    value = text[1:-1].replace("''", "'")
    if len(value) > LONGEST_LITERAL:
        raise _refuse(f"a value has more than {LONGEST_LITERAL} characters")
    return value.lower()


def _refuse(why: str) -> Refusal:
    return bad_request(f"The $filter is not valid: {why}.", "InvalidFilterField")
