"""The rows of the door's table about requests, schedules and instances."""

from collections.abc import Iterator
from typing import Any, Final

from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.pim import lists
from timebound.dialects.arm.pim.children import list_children
from timebound.dialects.arm.pim.held import get_entry
from timebound.dialects.arm.pim.lists import Entries, list_entries
from timebound.dialects.arm.pim.requests import (
    cancel,
    get_request,
    put_request,
    validate_request,
)
from timebound.dialects.arm.pim.shapes import collection_of
from timebound.domain.requests import RequestKind

_PROVIDER: Final = "/{scope}/providers/Microsoft.Authorization"
_READ: Final = frozenset(
    {"2020-10-01-preview", "2020-10-01", "2024-02-01-preview", "2024-09-01-preview"}
)
_ASKED: Final = _READ | {"2022-04-01-preview"}
_REHEARSED: Final = _ASKED - {"2020-10-01-preview"}


def _list_rows() -> Iterator[Operation]:
    yield from _about_requests(RequestKind.ASSIGNMENT, lists.ASSIGNMENT_REQUESTS)
    yield from _about_requests(RequestKind.ELIGIBILITY, lists.ELIGIBILITY_REQUESTS)
    for name, entries in (
        ("roleAssignmentSchedules", lists.ASSIGNMENT_SCHEDULES),
        ("roleEligibilitySchedules", lists.ELIGIBILITY_SCHEDULES),
        ("roleAssignmentScheduleInstances", lists.ASSIGNMENT_INSTANCES),
        ("roleEligibilityScheduleInstances", lists.ELIGIBILITY_INSTANCES),
    ):
        path = f"{_PROVIDER}/{name}"
        yield Operation("GET", path, _READ, list_entries(entries))
        yield Operation("GET", f"{path}/{{{name[:-1]}Name}}", _READ, get_entry(entries))
    yield Operation("GET", f"{_PROVIDER}/eligibleChildResources", _READ, list_children)


def _about_requests(kind: RequestKind, entries: Entries[Any]) -> Iterator[Operation]:
    name = collection_of(kind, "Requests")
    path = f"{_PROVIDER}/{name}"
    one = f"{path}/{{{name[:-1]}Name}}"
    yield Operation("PUT", one, _ASKED, put_request(kind))
    yield Operation("GET", one, _ASKED, get_request(entries))
    yield Operation("GET", path, _ASKED, list_entries(entries))
    yield Operation("POST", f"{one}/cancel", _ASKED, cancel(kind))
    yield Operation("POST", f"{one}/validate", _REHEARSED, validate_request(kind))


PIM_ROWS: Final = tuple(_list_rows())
