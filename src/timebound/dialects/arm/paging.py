"""Lists in pages: `value`, and a `nextLink` to follow as it is while there is more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final, TypeVar

from timebound.application.queries import Position, Query
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.odata.options import continue_query
from timebound.dialects.odata.paging import PageToken, issue_token, read_token
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.sealing import identify_owner
from timebound.domain.times import Instant

PAGE_LIFETIME: Final = timedelta(hours=1)
TOP: Final = "$top"
_SKIP: Final = "$skiptoken"
_LINKED: Final = "$skipToken"
_MOST_DIGITS: Final = 9
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class AskedPage:
    """The page that is asked for: how many rows at the most, told as of when, after which row."""

    limit: int
    at: Instant
    after: Position | None = None

    def narrow(self, query: Query) -> Query:
        """The query for this page alone; refused when the page token is of another order."""
        if self.after is not None and len(self.after) != len(query.orders):
            raise _refuse_token()
        return replace(query, limit=min(self.limit, query.limit), after=self.after)


def ask_page(call: Call) -> AskedPage:
    """The page that a call asks for; refused with a token that was not issued for this list."""
    limit = min(_read_top(call.query), call.page_size)
    text = call.query.get(_SKIP)
    if not text:
        return AskedPage(limit, call.at)
    token = read_token(call.page_key, text, _name_owner(call), call.at)
    return AskedPage(limit, token.at, token.position)


def answer_page(
    call: Call, asked: AskedPage, items: Sequence[object], next_position: Position | None
) -> Answer:
    """A page of a list, with where it goes on unless it ends here."""
    body: dict[str, object] = {"value": items}
    if next_position is not None:
        goes_on = PageToken(next_position, asked.at, call.at + PAGE_LIFETIME)
        token = issue_token(call.page_key, goes_on, _name_owner(call))
        body["nextLink"] = f"{call.place}?{continue_query(call.raw_query, token, _LINKED)}"
    return Answer(HTTPStatus.OK, body)


def answer_rows(
    call: Call,
    rows: Sequence[_Row],
    key_of: Callable[[_Row], str],
    show: Callable[[_Row], object],
) -> Answer:
    """A page of rows that are all at hand, in the order of their keys, of which none is twice."""
    asked, after = ask_keyed(call)
    ordered = sorted((row for row in rows if after == "" or key_of(row) > after), key=key_of)
    return answer_keyed(call, asked, ordered, key_of, show)


def ask_keyed(call: Call) -> tuple[AskedPage, str]:
    """The page that is asked for of a list in the order of keys, and after which it begins.

    The key is empty where the list begins; refused with a token of another order.
    """
    asked = ask_page(call)
    if asked.after is None:
        return asked, ""
    if len(asked.after) != 1 or not isinstance(asked.after[0], str):
        raise _refuse_token()
    return asked, asked.after[0]


def answer_keyed(
    call: Call,
    asked: AskedPage,
    rows: Sequence[_Row],
    key_of: Callable[[_Row], str],
    show: Callable[[_Row], object],
) -> Answer:
    """A page of rows in the order of their keys; it goes on if there are more than were asked."""
    told = rows[: asked.limit]
    goes_on = (key_of(told[-1]),) if len(rows) > len(told) else None
    return answer_page(call, asked, [show(row) for row in told], goes_on)


def _read_top(query: Mapping[str, str]) -> int:
    text = query.get(TOP)
    if text is None:
        return 10**_MOST_DIGITS
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not is_number or int(text) == 0:
        raise ODataProblem(Flaw.WRONG_TYPE, TOP, "$top has to be a number of rows, 1 or more.")
    return int(text)


def _name_owner(call: Call) -> bytes:
    """Whose list it is, and which: a token for another one is worth nothing."""
    token = call.token
    caller = (token.tenant_id, token.principal_id, token.application_id)
    options = (f"{name}={call.query[name]}" for name in sorted(call.query) if name != _SKIP)
    return identify_owner(*caller, call.place.lower(), "\n".join(options))


def _refuse_token() -> ODataProblem:
    return ODataProblem(Flaw.PAGE_INVALID, _SKIP, "The page token was not issued for this request.")
