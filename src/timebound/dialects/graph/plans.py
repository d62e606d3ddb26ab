"""What a query string asks of an entity set, read once and kept for the next time.

Query strings that differ in ids alone are kept as one.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from timebound.application.queries import And, Condition, Not, Or, Position, Query
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.odata.advanced import name_advanced
from timebound.dialects.odata.binding import bind_filter, bind_search
from timebound.dialects.odata.filter import Filter
from timebound.dialects.odata.forms import is_faithful, put_ids, take_ids
from timebound.dialects.odata.listing import Listing, bind_query
from timebound.dialects.odata.options import QueryOptions, parse_options
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import EntityType
from timebound.dialects.odata.select import Projection, bind_projection

DIRECTORY_TYPES: Final = frozenset(
    {
        "administrativeUnit",
        "application",
        "directoryObject",
        "group",
        "servicePrincipal",
        "user",
    }
)
"""The types whose lists tell advanced queries from others."""

_ROLES: Final = "roleManagement/"


@dataclass(frozen=True, slots=True)
class Plan:
    """A query string understood: the page to ask for, and what to show.

    Of lists of the directory `advanced` names what only an advanced query may ask, and a search
    needs less than one; what the client's headers say of it is settled call by call.
    """

    raw: bytes
    query: Query
    projection: Projection
    skip_token: str | None
    is_of_directory: bool = False
    is_searched: bool = False
    advanced: str | None = None

    @property
    def fingerprint(self) -> str:
        """What a page token belongs to."""
        return parse_options(self.raw).fingerprint

    def continue_after(self, query: Query, position: Position) -> Query:
        """The query of a later page."""
        if len(position) != len(query.orders):
            raise ODataProblem(
                Flaw.PAGE_INVALID,
                "$skiptoken",
                "The page token in '$skiptoken' was not issued for this request.",
            )
        return replace(query, after=position)


def plan_list(entities: EntitySet[Any], version: Version, raw: bytes) -> Plan:
    """The plan of a list; refused where an option does not fit the set."""
    form, ids = take_ids(raw)
    plan = _plan_form(entities, version, form, len(ids)) if ids else None
    if plan is None:
        return _plan(entities, version, raw)
    query = replace(plan.query, condition=put_ids(plan.query.condition, ids))
    return Plan(
        raw,
        query,
        plan.projection,
        plan.skip_token,
        plan.is_of_directory,
        plan.is_searched,
        plan.advanced,
    )


@lru_cache(maxsize=1024)
def _plan_form(entities: EntitySet[Any], version: Version, form: bytes, count: int) -> Plan | None:
    """The plan of all query strings of a form; none where only the whole string can be read.

    A form that is refused has none: the refusal must speak of the client's own words.
    """
    try:
        options = parse_options(form)
        plan = _make_plan(entities, version, form)
    except (ODataProblem, Refusal):
        return None
    is_kept = options.filter is not None and is_faithful(options.filter.condition, count)
    return plan if is_kept else None


@lru_cache(maxsize=1024)
def _plan(entities: EntitySet[Any], version: Version, raw: bytes) -> Plan:
    return _make_plan(entities, version, raw)


def _make_plan(entities: EntitySet[Any], version: Version, raw: bytes) -> Plan:
    entity = find_entity(entities.kind.type_name, is_beta=version is Version.BETA)
    options = parse_options(raw)
    is_of_directory = entity.name in DIRECTORY_TYPES and not entities.path.startswith(_ROLES)
    if options.delta_token is not None:
        raise ODataProblem(Flaw.UNSUPPORTED, "$deltatoken", "$deltatoken belongs to delta alone.")
    if is_of_directory and options.skip:
        # quirk(graph): `$skip` is an error on directory objects - list users, groups
        raise bad_request("'$skip' is not supported by the service.", "Request_BadRequest")
    condition = _bind_filter(entities, entity, options.filter)
    if options.search is not None:
        condition = And((condition, _bind_search(entity, options.search)))
    listing = Listing(
        entity, "id", entities.page_size, entities.largest_page, refuses_larger=is_of_directory
    )
    query = bind_query(listing, replace(options, filter=None))
    orders = query.orders if options.orders else entities.orders
    projection = bind_projection(entity, options.select, options.expand)
    if is_of_directory:
        _check_expansions(projection, options)
    return Plan(
        raw,
        replace(query, condition=condition, orders=orders),
        projection,
        options.skip_token,
        is_of_directory,
        options.search is not None,
        name_advanced(entity, options) if is_of_directory else None,
    )


def _bind_search(entity: EntityType, search: Condition) -> Condition:
    if entity.name not in DIRECTORY_TYPES:
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$search", f"'{entity.name}' does not support $search."
        )
    return bind_search(entity, search)


def _check_expansions(projection: Projection, options: QueryOptions) -> None:
    # quirk(graph): one relationship is expanded at a time, and selected from alone - Graph docs,
    # query-parameters
    if len(projection.expansions) > 1:
        raise ODataProblem(Flaw.UNSUPPORTED, "$expand", "$expand takes one relationship here.")
    if any(one.is_narrowed or one.expand for one in options.expand):
        raise ODataProblem(
            Flaw.UNSUPPORTED,
            "$expand",
            "$expand takes no $filter, $orderby, $top, $count or $expand inside here.",
        )


@lru_cache(maxsize=1024)
def plan_one(type_name: str, version: Version, raw: bytes) -> Projection:
    """What to show of a single entity; options that only lists have are refused."""
    options = parse_options(raw)
    if (
        options.filter
        or options.orders
        or options.search
        or options.top is not None
        or options.skip_token
        or options.delta_token
    ):
        raise ODataProblem(
            Flaw.UNSUPPORTED, "query", "A single entity takes $select and $expand only."
        )
    entity = find_entity(type_name, is_beta=version is Version.BETA)
    projection = bind_projection(entity, options.select, options.expand)
    if type_name in DIRECTORY_TYPES:
        _check_expansions(projection, options)
    return projection


def _bind_filter(entities: EntitySet[Any], entity: EntityType, filter_: Filter | None) -> Condition:
    """What a filter means; a clause that the set does not take is refused with its own code."""
    if filter_ is not None and entities.refuses_or and _has_or(filter_.condition):
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$filter", "Or operator not supported for this entity set."
        )
    try:
        return bind_filter(entity, filter_)
    except ODataProblem as problem:
        # quirk(graph): the directory has a code of its own for it - aad-advanced-queries, errors
        if problem.flaw is not Flaw.UNSUPPORTED or entity.name in DIRECTORY_TYPES:
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
