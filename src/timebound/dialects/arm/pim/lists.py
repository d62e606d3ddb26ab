"""Lists around a place: admitted, asked of the store, told page by page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from timebound.application.azure_reading import (
    Admitted,
    AzureQuestion,
    admit_to_azure,
    judge_question,
    read_azure_grants,
    read_azure_requests,
)
from timebound.application.queries import (
    Compare,
    Operator,
    Order,
    Page,
    Query,
)
from timebound.application.reading import Reader
from timebound.application.views import GrantRow, Reach, Relation, View
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.domain_problems import say_insufficient
from timebound.dialects.arm.names import find_names
from timebound.dialects.arm.paging import answer_page, ask_page
from timebound.dialects.arm.pim.held_shapes import show_instance, show_schedule
from timebound.dialects.arm.pim.questions import Asked, read_question
from timebound.dialects.arm.pim.shapes import show_request
from timebound.dialects.arm.pim.used import find_used
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Request
from timebound.domain.times import Instant

Row = TypeVar("Row")
Read: TypeAlias = Callable[[Reader, View, Admitted, Query], Awaitable[Page[Row]]]
Show: TypeAlias = Callable[[Call, Sequence[Row], Instant], Awaitable[Sequence[object]]]

_ORDERS: Final = (Order("created_at"), Order("id"))
_HINT: Final = " Please use $filter=asTarget() to filter on the requestor's assignments."


@dataclass(frozen=True, slots=True)
class Entries(Generic[Row]):
    """What a list is of: how it is read, and how a row is told."""

    view: View
    read: Read[Row]
    show: Show[Row]

    @property
    def is_about_requests(self) -> bool:
        """Whether its rows are requests."""
        return self.view in (View.ELIGIBILITY_REQUESTS, View.ASSIGNMENT_REQUESTS)


def list_entries(entries: Entries[Row]) -> Callable[[Call], Awaitable[Answer]]:
    """The handler that lists what is around a place."""

    async def handle(call: Call) -> Answer:
        text = call.query.get("$filter", "")
        asked = read_question(text, read_scope(call), entries.view)
        asked_page = ask_page(call)
        query = asked_page.narrow(Query(call.page_size, asked.condition, _ORDERS))
        admitted = await _admit(call, entries, asked, query)
        page = await entries.read(call.read_at(asked_page.at), entries.view, admitted, query)
        items = await entries.show(call, page.rows, asked_page.at)
        return answer_page(call, asked_page, items, page.next_position)

    return handle


async def _admit(call: Call, entries: Entries[Row], asked: Asked, query: Query) -> Admitted:
    """Who may ask as of now; whoever may not is told what they may ask instead."""
    admitted = await admit_to_azure(call.read_at(call.at), entries.view, asked.question, query)
    if not isinstance(admitted, Refused):
        return admitted
    if admitted.problems[0].code is Code.ACTION_NOT_ALLOWED:
        # quirk(arm): lists of PIM are refused with 400 and a hint - pim tools, INS-009
        error = say_insufficient(call.token.principal_id, _HINT)
        raise Refusal(error, Code.ACTION_NOT_ALLOWED.value)
    raise await call.refuse(admitted)


async def find_entry(call: Call, entries: Entries[Row]) -> Row:
    """The row that a name in the path names; what is not at the place is not there.

    Whoever may not read everything there reads what is theirs: what they have, made or decide.
    """
    scope, name = read_scope(call), call.keys[-1].lower()
    query = Query(1, Compare("id", Operator.EQ, name), _ORDERS)
    reader = call.read_at(call.at)
    loaded = await reader.store.load_rights(reader.token, scope, reader.at)
    refused: Refused | None = None
    for relation in _relations(entries):
        question = AzureQuestion(scope, Reach.AROUND, relation)
        admitted = judge_question(reader, entries.view, question, query, loaded)
        if isinstance(admitted, Refused):
            refused = refused or admitted
            continue
        page = await entries.read(reader, entries.view, admitted, query)
        if page.rows:
            return page.rows[0]
        if relation is Relation.ANYBODY:
            # Who reads everybody's has read their own.
            break
    if refused is not None and refused.problems[0].code is not Code.ACTION_NOT_ALLOWED:
        raise await call.refuse(refused)
    raise await call.refuse(Refused((_say_absence(entries, name),)))


def _relations(entries: Entries[Row]) -> tuple[Relation, ...]:
    if entries.is_about_requests:
        return (Relation.ANYBODY, Relation.PRINCIPAL, Relation.APPROVER)
    return (Relation.ANYBODY, Relation.PRINCIPAL)


def _say_absence(entries: Entries[Row], name: str) -> Problem:
    code = Code.REQUEST_NOT_FOUND if entries.is_about_requests else Code.OBJECT_NOT_FOUND
    return Problem(code, value=name)


async def show_requests(
    call: Call, rows: Sequence[Request], at: Instant
) -> list[dict[str, object]]:
    """Requests as they are answered."""
    authors = (row.author for row in rows)
    applications = [one.application_id for one in authors if one.application_id and not one.user_id]
    names = await find_names(call, (row.draft.slot for row in rows), applications)
    used = await find_used(call, rows)
    return [show_request(row, names, at, used.get(row.id)) for row in rows]


async def show_schedules(
    call: Call, rows: Sequence[GrantRow], at: Instant
) -> Sequence[msgspec.Raw]:
    """Schedules as they are answered, encoded: much is told of each, and there are many."""
    names = await find_names(call, (row.grant.slot for row in rows))
    return [msgspec.Raw(msgspec.json.encode(show_schedule(row, names, at))) for row in rows]


async def show_instances(
    call: Call, rows: Sequence[GrantRow], at: Instant
) -> Sequence[msgspec.Raw]:
    """Instances as they are answered, encoded as well."""
    names = await find_names(call, (row.grant.slot for row in rows))
    return [msgspec.Raw(msgspec.json.encode(show_instance(row, names, at))) for row in rows]


ELIGIBILITY_REQUESTS: Final = Entries(View.ELIGIBILITY_REQUESTS, read_azure_requests, show_requests)
ASSIGNMENT_REQUESTS: Final = Entries(View.ASSIGNMENT_REQUESTS, read_azure_requests, show_requests)
ELIGIBILITY_SCHEDULES: Final = Entries(
    View.ELIGIBILITY_SCHEDULES, read_azure_grants, show_schedules
)
ASSIGNMENT_SCHEDULES: Final = Entries(View.ASSIGNMENT_SCHEDULES, read_azure_grants, show_schedules)
ELIGIBILITY_INSTANCES: Final = Entries(
    View.ELIGIBILITY_INSTANCES, read_azure_grants, show_instances
)
ASSIGNMENT_INSTANCES: Final = Entries(View.ASSIGNMENT_INSTANCES, read_azure_grants, show_instances)
