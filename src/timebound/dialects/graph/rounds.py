"""Rounds of delta queries: where one stands, what it may ask, and how its pages follow.

Source: Graph docs, delta-query-overview.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final, TypeAlias

from timebound.application.queries import ALWAYS, Compare, Condition, OneOf, Operator, Or, Position
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.odata.filter import Filter
from timebound.dialects.odata.options import QueryOptions, parse_options
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.sealing import identify_owner
from timebound.dialects.odata.tracking import DeltaState, issue_state, read_state

TOKEN_LIFETIME: Final = timedelta(days=7)
"""How long a delta link can be followed: Graph docs, delta-query-overview, token duration."""

LATEST: Final = "latest"
_MOST_IDS: Final = 50
_TOKENS: Final = frozenset({"$deltatoken", "$skiptoken"})


@dataclass(frozen=True, slots=True)
class Told:
    """A page of a round: its items, and where the list goes on, or that it is at its end."""

    items: Sequence[dict[str, object]]
    position: Position | None


Tell: TypeAlias = Callable[[Position | None], Awaitable[Told]]
"""Tells one of the lists of a round from a position on."""


def begin_round(call: Call, path: str) -> DeltaState:
    """Where the call stands: at the beginning, or where its token says.

    Refused when the token is forged or another's, and with what to ask instead when it is too old.
    """
    options = parse_options(call.query)
    text = options.delta_token or options.skip_token
    if not text or text.lower() == LATEST:
        return DeltaState(_keep_query(call.query), None, call.at, call.at + TOKEN_LIFETIME)
    state = read_state(call.page_key, text, _name_owner(call, path))
    if call.at >= state.expires_at:
        raise Refusal(_say_expired(call, path, state))
    if options.delta_token:
        return replace(state, since=state.at, at=call.at, expires_at=call.at + TOKEN_LIFETIME)
    return state


def asks_latest(call: Call) -> bool:
    """Whether only the link to what is still to come is asked for."""
    return (parse_options(call.query).delta_token or "").lower() == LATEST


async def answer_round(
    call: Call, path: str, context: str, state: DeltaState, tell: Sequence[Tell]
) -> Answer:
    """A page of the lists that a round is told in, with the link to what follows.

    That is the next page, or the next round where all lists are at their end; where the latest is
    asked for they are not begun.
    """
    items: list[dict[str, object]] = []
    following: DeltaState | None = None
    for phase in range(state.phase, 0 if asks_latest(call) else len(tell)):
        told = await tell[phase](state.position if phase == state.phase else None)
        items += told.items
        if told.position is not None:
            following = replace(state, phase=phase, position=told.position)
            break
    name, option = ("deltaLink", "$deltatoken") if following is None else ("nextLink", "$skiptoken")
    token = _issue(call, path, following or replace(state, phase=0, position=None))
    link = f"{call.root}/{path}/delta?{option}={token}"
    body = {"@odata.context": context, f"@odata.{name}": link, "value": items}
    return Answer(HTTPStatus.OK, body)


def read_ids(filter_: Filter | None) -> Condition:
    """The filter of a delta query, in wire names: a few ids and nothing else."""
    if filter_ is None:
        return ALWAYS
    ids = None if filter_.calls or filter_.universal else _list_ids(filter_.condition)
    if ids is None:
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$filter", "$filter of a delta query takes 'id eq' alone."
        )
    if len(ids) > _MOST_IDS:
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$filter", f"$filter of a delta query takes {_MOST_IDS} ids at most."
        )
    return Or(tuple(Compare("id", Operator.EQ, id_) for id_ in ids))


def check_options(options: QueryOptions) -> None:
    """Refuses what no delta query takes."""
    # quirk(graph): neither $top nor $orderby is taken by delta - delta-query-overview
    given = {
        "$top": options.top is not None,
        "$skip": options.skip is not None,
        "$orderby": bool(options.orders),
        "$search": options.search is not None,
        "$count": options.is_counted,
    }
    for name, is_given in given.items():
        if is_given:
            raise ODataProblem(Flaw.UNSUPPORTED, name, f"A delta query does not take {name}.")


def _list_ids(condition: Condition) -> list[str] | None:
    match condition:
        case Compare(field=name, operator=Operator.EQ, value=str(value)) if name.lower() == "id":
            return [value]
        case OneOf(field=name, values=values) if name.lower() == "id":
            return [value for value in values if isinstance(value, str)]
        case Or(parts=parts):
            found = [_list_ids(part) for part in parts]
            return None if None in found else [id_ for ids in found if ids for id_ in ids]
        case _:
            return None


def _keep_query(raw: bytes) -> bytes:
    """The query string without its token."""
    kept = (
        pair
        for pair in raw.split(b"&")
        if pair
        and pair.partition(b"=")[0].lower().replace(b"%24", b"$").decode("latin-1") not in _TOKENS
    )
    return b"&".join(kept)


def _issue(call: Call, path: str, state: DeltaState) -> str:
    return issue_state(call.page_key, state, _name_owner(call, path))


def _name_owner(call: Call, path: str) -> bytes:
    token = call.token
    caller = (token.tenant_id, token.principal_id, token.application_id)
    return identify_owner(*caller, call.version.value, path)


def _say_expired(call: Call, path: str, state: DeltaState) -> GraphError:
    query = state.query.decode("latin-1")
    place = f"{call.root}/{path}/delta?{query}{'&' if query else ''}$deltatoken="
    return GraphError(
        HTTPStatus.GONE,
        "syncStateNotFound",
        "The token is too old to tell what has changed since; ask for everything again.",
        {"location": place},
    )
