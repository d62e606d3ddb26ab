"""The operations of PIM for Groups: the rows of what it governs, and of what is held and asked."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from timebound.dialects.graph import group_sets as sets
from timebound.dialects.graph.convert.groups import read_group_draft
from timebound.dialects.graph.lists import Handler, get_one, list_everything, list_own
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.submissions import cancel, create_request
from timebound.domain.requests import Request, RequestKind
from timebound.domain.scopes import ScopeKind

_Row: TypeAlias = tuple[str, str, Handler]


def _read(entities: EntitySet[Any]) -> Iterator[_Row]:
    yield "GET", entities.path, list_everything(entities)
    yield "GET", f"{entities.path}/{{id}}", get_one(entities)


def _read_held(entities: EntitySet[Any]) -> Iterator[_Row]:
    yield from _read(entities)
    yield "GET", f"{entities.path}/filterByCurrentUser", list_own(entities)


def _ask(entities: EntitySet[Request], kind: RequestKind) -> Iterator[_Row]:
    yield from _read_held(entities)
    yield "POST", entities.path, create_request(entities, kind, read_group_draft)
    yield "POST", f"{entities.path}/{{id}}/cancel", cancel(kind, ScopeKind.GROUP)


GROUP_ROWS: Final[tuple[_Row, ...]] = (
    *_ask(sets.GROUP_ELIGIBILITY_REQUESTS, RequestKind.ELIGIBILITY),
    *_read_held(sets.GROUP_ELIGIBILITY_SCHEDULES),
    *_read_held(sets.GROUP_ELIGIBILITY_INSTANCES),
    *_ask(sets.GROUP_ASSIGNMENT_REQUESTS, RequestKind.ASSIGNMENT),
    *_read_held(sets.GROUP_ASSIGNMENT_SCHEDULES),
    *_read_held(sets.GROUP_ASSIGNMENT_INSTANCES),
    *_read(sets.GROUP_RESOURCES),
)
