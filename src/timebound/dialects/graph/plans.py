"""What a query string asks of an entity set, read once and kept for the next time."""

from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from timebound.application.queries import And, Condition, Not, Or, Position, Query
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.graph.sets import LARGEST_PAGE, EntitySet
from timebound.dialects.odata.binding import bind_filter
from timebound.dialects.odata.listing import Listing, bind_query
from timebound.dialects.odata.options import QueryOptions, parse_options
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import EntityType
from timebound.dialects.odata.select import Projection, bind_projection


@dataclass(frozen=True, slots=True)
class Plan:
    """A query string understood: the page to ask for, what to show, and what a token belongs to."""

    query: Query
    projection: Projection
    fingerprint: str
    skip_token: str | None

    def continue_after(self, position: Position) -> Query:
        """The query of a later page."""
        if len(position) != len(self.query.orders):
            raise ODataProblem(
                Flaw.PAGE_INVALID,
                "$skiptoken",
                "The page token in '$skiptoken' was not issued for this request.",
            )
        return replace(self.query, after=position)


@lru_cache(maxsize=1024)
def plan_list(entities: EntitySet[Any], version: Version, raw: bytes) -> Plan:
    """The plan of a list; refused where an option does not fit the set."""
    entity = find_entity(entities.kind.type_name, is_beta=version is Version.BETA)
    options = parse_options(raw)
    _check_filter(entities, entity, options)
    query = bind_query(Listing(entity, "id", entities.page_size, LARGEST_PAGE), options)
    if not options.orders:
        query = replace(query, orders=entities.orders)
    projection = bind_projection(entity, options.select, options.expand)
    return Plan(query, projection, options.fingerprint, options.skip_token)


@lru_cache(maxsize=1024)
def plan_one(type_name: str, version: Version, raw: bytes) -> Projection:
    """What to show of a single entity; options that only lists have are refused."""
    options = parse_options(raw)
    if options.filter or options.orders or options.top is not None or options.skip_token:
        raise ODataProblem(
            Flaw.UNSUPPORTED, "query", "A single entity takes $select and $expand only."
        )
    entity = find_entity(type_name, is_beta=version is Version.BETA)
    return bind_projection(entity, options.select, options.expand)


def _check_filter(entities: EntitySet[Any], entity: EntityType, options: QueryOptions) -> None:
    """Refuses a clause that the set does not take, with the code that is published for it."""
    if options.filter is None:
        return
    if entities.refuses_or and _has_or(options.filter.condition):
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$filter", "Or operator not supported for this entity set."
        )
    try:
        bind_filter(entity, options.filter)
    except ODataProblem as problem:
        if problem.flaw is not Flaw.UNSUPPORTED:
            raise
        error = GraphError(HTTPStatus.BAD_REQUEST, "InvalidFilter", problem.message)
        raise Refusal(error) from problem


def _has_or(condition: Condition) -> bool:
    match condition:
        case Or():
            return True
        case And(parts=parts):
            return any(_has_or(part) for part in parts)
        case Not(part=part):
            return _has_or(part)
        case _:
            return False
