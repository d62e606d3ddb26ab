"""The query options of a request, read from the raw query string as tolerantly as clients need."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import quote_from_bytes

from timebound.application.queries import Order
from timebound.dialects.odata.expansion import Expand, parse_expand, parse_names
from timebound.dialects.odata.filter import Filter, parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.text import decode_text

LONGEST_QUERY: Final = 16_000
MOST_OPTIONS: Final = 100
_MOST_DIGITS: Final = 9
_MOST_ORDERS: Final = 5
_OPTIONS: Final = frozenset(
    {"$count", "$expand", "$filter", "$orderby", "$select", "$skip", "$skiptoken", "$top"}
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What a request asks of a list or an entity, in wire names; absent options are None or empty.

    `fingerprint` tells apart what lists which rows in which order: a page token belongs to it.
    """

    select: tuple[str, ...] | None = None
    expand: tuple[Expand, ...] = ()
    filter: Filter | None = None
    orders: tuple[Order, ...] = ()
    top: int | None = None
    skip: int | None = None
    is_counted: bool = False
    skip_token: str | None = None
    fingerprint: str = ""


@lru_cache(maxsize=1024)
def parse_options(raw: bytes) -> QueryOptions:
    """The options in a raw query string; refused when unknown, repeated or malformed.

    Names are taken in any case, encoded or not, and unknown ones without `$` are ignored.
    """
    texts = _collect(raw)
    return QueryOptions(
        select=_read(texts, "$select", parse_names, None),
        expand=_read(texts, "$expand", parse_expand, ()),
        filter=_read(texts, "$filter", parse_filter, None),
        orders=_read(texts, "$orderby", _parse_orders, ()),
        top=_read(texts, "$top", _parse_top, None),
        skip=_read(texts, "$skip", _parse_skip, None),
        is_counted=_read(texts, "$count", _parse_count, default=False),
        skip_token=texts.get("$skiptoken"),
        fingerprint=f"{texts.get('$filter', '').strip()}\n{texts.get('$orderby', '').strip()}",
    )


def continue_query(raw: bytes, token: str) -> str:
    """The query string of the next page: the same one with its page token set."""
    kept = [
        quote_from_bytes(pair, safe="%!$'()*+,-./:;=?@_~")
        for pair in raw.split(b"&")
        if pair and _name_of(pair) not in {"$skiptoken", "$skip"}
    ]
    return "&".join([*kept, f"$skiptoken={token}"])


def _collect(raw: bytes) -> dict[str, str]:
    if len(raw) > LONGEST_QUERY or raw.count(b"&") > MOST_OPTIONS:
        raise ODataProblem(
            Flaw.TOO_LARGE,
            "query",
            f"The query has over {LONGEST_QUERY} characters or {MOST_OPTIONS} options",
        )
    texts: dict[str, str] = {}
    for pair in raw.split(b"&"):
        name = _name_of(pair)
        if not name.startswith("$"):
            continue
        if name not in _OPTIONS:
            raise ODataProblem(
                Flaw.UNKNOWN_OPTION, name, f"The query option '{name[:40]}' is not supported"
            )
        if name in texts:
            raise ODataProblem(
                Flaw.REPEATED, name, f"The query option '{name}' is given more than once"
            )
        texts[name] = decode_text(pair.partition(b"=")[2].replace(b"+", b" "), name).strip()
    return texts


def _name_of(pair: bytes) -> str:
    """The option's name in lower case; with its `$` even where a client left that out."""
    name = decode_text(pair.partition(b"=")[0].replace(b"+", b" "), "query").strip().lower()
    # quirk(graph): `filter=` is taken for `$filter=` - Graph docs, query-parameters
    return f"${name}" if f"${name}" in _OPTIONS else name


def _read(texts: dict[str, str], name: str, parse: Callable[[str], _T], default: _T) -> _T:
    text = texts.get(name)
    if text is None:
        return default
    if not text:
        raise ODataProblem(Flaw.MALFORMED, name, f"The query option '{name}' has no value")
    return parse(text)


def _parse_top(text: str) -> int:
    return _parse_number(text, "$top")


def _parse_skip(text: str) -> int:
    return _parse_number(text, "$skip")


def _parse_number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ODataProblem(
            Flaw.WRONG_TYPE, name, f"The value '{text[:40]}' of '{name}' is not a whole number"
        )
    return int(text)


def _parse_count(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ODataProblem(
                Flaw.WRONG_TYPE, "$count", f"The value '{text[:40]}' of '$count' is not a boolean"
            )


def _parse_orders(text: str) -> tuple[Order, ...]:
    orders = tuple(_parse_order(piece.split()) for piece in text.split(","))
    if len(orders) > _MOST_ORDERS:
        raise ODataProblem(
            Flaw.TOO_LARGE, "$orderby", f"$orderby has more than {_MOST_ORDERS} properties"
        )
    return orders


def _parse_order(words: list[str]) -> Order:
    match words:
        case [name]:
            return Order(name)
        case [name, direction] if direction.lower() in {"asc", "desc"}:
            return Order(name, direction.lower() == "desc")
        case _:
            raise ODataProblem(
                Flaw.MALFORMED,
                "$orderby",
                f"$orderby needs a property and asc or desc, not '{' '.join(words)[:40]}'",
            )
