"""Whether a query of the directory may be as advanced as it is, by what its headers say.

Source: Graph docs, aad-advanced-queries.
"""

from dataclasses import replace
from typing import Final

from timebound.application.queries import Query
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.plans import Plan
from timebound.dialects.graph.refusals import bad_request

_UNSUPPORTED: Final = "Request_UnsupportedQuery"


def settle_consistency(call: Call, plan: Plan) -> Query:
    """The page to ask for; refused where the query needs a header or a count that is not there."""
    query = plan.query
    if not plan.is_of_directory:
        return query
    is_eventual = (call.read_header(b"consistencylevel") or "").strip().lower() == "eventual"
    if not is_eventual:
        _check_by_default(call, plan)
    elif plan.advanced and not (query.is_counted or call.is_count):
        raise bad_request(_need(plan.advanced), _UNSUPPORTED)
    elif plan.projection.expansions and (plan.advanced or plan.is_searched):
        raise bad_request("$expand is not supported in an advanced query.", _UNSUPPORTED)
    # quirk(graph): a count needs the header and comes on the first page - aad-advanced-queries
    is_counted = is_eventual and plan.skip_token is None
    return query if query.is_counted <= is_counted else replace(query, is_counted=False)


def _check_by_default(call: Call, plan: Plan) -> None:
    if call.is_count:
        raise bad_request(
            "$count needs the header 'ConsistencyLevel: eventual'.", "Request_BadRequest"
        )
    if plan.is_searched:
        raise bad_request("$search needs the header 'ConsistencyLevel: eventual'.", _UNSUPPORTED)
    if plan.advanced:
        raise bad_request(_need(plan.advanced), _UNSUPPORTED)


def _need(what: str) -> str:
    return f"{what} needs $count=true and the header 'ConsistencyLevel: eventual'."
