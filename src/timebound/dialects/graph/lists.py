"""Lists and single entities: admitted, asked of the store, shown, paged."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from timebound.application.queries import (
    And,
    Compare,
    Condition,
    OneOf,
    Operator,
    Or,
    Page,
    Query,
    find_pinned_values,
)
from timebound.application.views import MemberType, Relation
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.consistency import settle_consistency
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.forms import annotate, limit_page
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.plans import Plan, plan_list, plan_one
from timebound.dialects.graph.problems import say_absent_request, say_missing
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.odata.binding import bind_condition
from timebound.dialects.odata.context import format_context, format_function_context
from timebound.dialects.odata.options import continue_query
from timebound.dialects.odata.paging import PageToken, issue_token, read_token
from timebound.dialects.odata.sealing import identify_owner
from timebound.domain.decide import Refused
from timebound.domain.times import Instant

Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]
PAGE_LIFETIME: Final = timedelta(hours=1)
"""How long a list can be followed; its later pages tell of the instant of the first."""


def list_everything(entities: EntitySet[Any]) -> Handler:
    """The handler that lists a set."""

    async def handle(call: Call) -> Answer:
        plan = plan_list(entities, call.version, call.query)
        _check_pins(entities, plan.query.condition)
        context = format_context(call.root, entities.path, plan.projection)
        return await answer_list(call, entities, Relation.ANYBODY, plan, context)

    return handle


def list_own(entities: EntitySet[Any]) -> Handler:
    """The handler of filterByCurrentUser: what concerns the signed-in person."""
    relations = {relation.value.lower(): relation for relation in entities.relations}

    async def handle(call: Call) -> Answer:
        plan = plan_list(entities, call.version, call.query)
        context = format_function_context(call.root, entities.kind.type_name)
        return await answer_list(call, entities, _read_relation(call, relations), plan, context)

    return handle


def get_one(entities: EntitySet[Any]) -> Handler:
    """The handler that answers one entity of a set by its id."""

    async def handle(call: Call) -> Answer:
        projection = plan_one(entities.kind.type_name, call.version, call.query)
        entity = find_entity(entities.kind.type_name, is_beta=call.version is Version.BETA)
        asked = Compare("id", Operator.EQ, call.keys[-1])
        found = await find_one(call, entities, bind_condition(entity, asked))
        context = format_context(call.root, entities.path, projection, is_entity=True)
        return await show_one(call, entities, found, context)

    return handle


async def find_one(call: Call, entities: EntitySet[Any], condition: Condition) -> Any:  # noqa: ANN401 - a row of the set, whichever that is
    """The row of a set that meets the condition; refused when there is none."""
    query = Query(1, condition, entities.orders)
    page = await _read(call, entities, Relation.ANYBODY, query, call.at)
    if not page.rows:
        raise Refusal(_say_absence(entities, call.keys[-1]))
    return page.rows[0]


async def show_one(call: Call, entities: EntitySet[Any], found: object, context: str) -> Answer:
    """The answer that one row of a set makes."""
    projection = plan_one(entities.kind.type_name, call.version, call.query)
    words = await _choose_words(call, entities)
    shown = await show_rows(call, entities.kind, [found], words, projection)
    shown = annotate(call, entities.path, entities.kind.type_name, shown)
    return Answer(HTTPStatus.OK, {"@odata.context": context, **shown[0]})


async def _choose_words(call: Call, entities: EntitySet[Any]) -> Wording:
    """The words for a set; only requests are told in those of the tenant."""
    return await call.choose_words() if entities.request_kind else Wording(call.version, call.at)


async def answer_list(
    call: Call, entities: EntitySet[Any], relation: Relation, plan: Plan, context: str
) -> Answer:
    """The answer that a page of a set makes, the link to the next page in it."""
    at, query = call.at, settle_consistency(call, plan)
    if call.is_count:
        return await _answer_number(call, entities, relation, query)
    if plan.skip_token is not None:
        owner = _name_owner(call, entities, relation, plan)
        token = read_token(call.page_key, plan.skip_token, owner, call.at)
        at, query = token.at, plan.continue_after(query, token.position)
    query, headers = limit_page(call, query)
    page = await _read(call, entities, relation, query, at)
    told = call if at == call.at else replace(call, at=at)
    words = await _choose_words(told, entities)
    items = await show_rows(told, entities.kind, page.rows, words, plan.projection)
    body: dict[str, object] = {"@odata.context": context}
    if page.total is not None:
        body["@odata.count"] = page.total
    if page.next_position is not None:
        goes_on = PageToken(page.next_position, at, call.at + PAGE_LIFETIME)
        owner = _name_owner(call, entities, relation, plan)
        page_token = issue_token(call.page_key, goes_on, owner)
        body["@odata.nextLink"] = _link(call, entities, relation, page_token)
    if relation is not Relation.ANYBODY:
        type_ = f"#microsoft.graph.{entities.kind.type_name}"
        items = [{"@odata.type": type_, **item} for item in items]
    items = annotate(call, entities.path, entities.kind.type_name, items)
    return Answer(HTTPStatus.OK, {**body, "value": items}, headers)


async def _answer_number(
    call: Call, entities: EntitySet[Any], relation: Relation, query: Query
) -> Answer:
    """The number of all that the query finds, as plain text."""
    counted = replace(query, limit=1, after=None, is_counted=True)
    page = await _read(call, entities, relation, counted, call.at)
    return Answer(HTTPStatus.OK, text=str(page.total))


async def _read(
    call: Call, entities: EntitySet[Any], relation: Relation, query: Query, at: Instant
) -> Page[Any]:
    """A page as of an instant; whether it may be read is asked as of now, on every page."""
    page = await _read_admitted(call, entities, relation, query, at)
    if isinstance(page, Refused) and relation is Relation.ANYBODY:
        page = await _read_own(call, entities, query, at) or page
    if isinstance(page, Refused):
        raise await call.refuse(page)
    return page


async def _read_admitted(
    call: Call, entities: EntitySet[Any], relation: Relation, query: Query, at: Instant
) -> Page[Any] | Refused:
    if entities.is_read_now or at == call.at:
        return await entities.read(call.read_at(call.at), entities.view, relation, query)
    admitted = await entities.admit(call.read_at(call.at), entities.view, relation, query)
    if isinstance(admitted, Refused):
        return admitted
    return await entities.read(call.read_at(at), entities.view, relation, admitted)


async def _read_own(
    call: Call, entities: EntitySet[Any], query: Query, at: Instant
) -> Page[Any] | None:
    """What somebody without the right to read everything may still read of such a set.

    They read one entry by its id when it is theirs, and what is asked of them alone: it is what
    filterByCurrentUser would tell them (inferred: clients poll their requests this way).
    """
    pinned = find_pinned_values(query.condition)
    is_about_caller = pinned.get("principal_id") == call.token.principal_id
    if not (is_about_caller or "id" in pinned):
        return None
    if is_about_caller and entities.request_kind is None:
        direct = Compare("member_type", Operator.EQ, MemberType.DIRECT.value)
        query = replace(query, condition=And((query.condition, direct)))
    for relation in _OWN_RELATIONS:
        if relation not in entities.relations:
            continue
        page = await _read_admitted(call, entities, relation, query, at)
        if not isinstance(page, Refused) and (page.rows or is_about_caller):
            return page
    return None


def _check_pins(entities: EntitySet[Any], condition: Condition) -> None:
    """What is too much to be told whole is asked for by what one of the pins says."""
    if entities.pins and not _is_pinned(condition, entities.pins.keys()):
        names = " or ".join(f"'{name}'" for name in entities.pins.values())
        raise bad_request(f"The '$filter' is missing what {names} is equal to.")


def _is_pinned(condition: Condition, fields: Collection[str]) -> bool:
    match condition:
        case Compare(field=field, operator=Operator.EQ) | OneOf(field=field):
            return field in fields
        case And(parts=parts):
            return any(_is_pinned(part, fields) for part in parts)
        case Or(parts=parts):
            return bool(parts) and all(_is_pinned(part, fields) for part in parts)
        case _:
            return False


def _read_relation(call: Call, relations: Mapping[str, Relation]) -> Relation:
    word = call.arguments.get("on", "")
    found = relations.get(word.lower())
    if found is None:
        known = ", ".join(sorted(f"'{relation.value}'" for relation in relations.values()))
        raise bad_request(f"The parameter 'on' is '{word[:40]}', not one of {known}.")
    return found


def _name_owner(call: Call, entities: EntitySet[Any], relation: Relation, plan: Plan) -> bytes:
    """Whose list it is, and which: a token for another one is worth nothing."""
    token = call.token
    caller = (token.tenant_id, token.principal_id, token.application_id)
    return identify_owner(
        *caller, call.version.value, entities.path, relation.value, plan.fingerprint
    )


def _link(call: Call, entities: EntitySet[Any], relation: Relation, token: str) -> str:
    """The URL of the next page, spelled as published however the client spelled its own."""
    function = f"/filterByCurrentUser(on='{relation.value}')"
    path = entities.path if relation is Relation.ANYBODY else f"{entities.path}{function}"
    return f"{call.root}/{path}?{continue_query(call.query, token)}"


def _say_absence(entities: EntitySet[Any], id_: str) -> GraphError:
    if entities.request_kind is None:
        return say_missing(id_)
    return say_absent_request()


_OWN_RELATIONS: Final = (Relation.PRINCIPAL, Relation.CREATOR, Relation.APPROVER)
