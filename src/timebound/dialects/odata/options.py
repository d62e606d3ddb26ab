"""The query options of a request, read from the raw query string as tolerantly as clients need."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, TypeVar
from urllib.parse import quote_from_bytes

from timebound.application.queries import Condition, Order
from timebound.dialects.odata.expansion import Expand, parse_expand, parse_names
from timebound.dialects.odata.filter import Filter, parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.search import SEARCH, parse_search
from timebound.dialects.odata.simple import parse_count, parse_orders, parse_skip, parse_top
from timebound.dialects.odata.text import decode_text

LONGEST_QUERY: Final = 16_000
MOST_OPTIONS: Final = 100
_OPTIONS: Final = frozenset(
    {
        "$count",
        "$deltatoken",
        "$expand",
        "$filter",
        "$format",
        "$orderby",
        "$search",
        "$select",
        "$skip",
        "$skiptoken",
        "$top",
    }
)
_JSON: Final = frozenset({"json", "application/json"})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What a request asks of a list or an entity, in wire names; absent options are None or empty.

    `media` is the form of JSON that `$format` names. `fingerprint` tells apart what lists which
    rows in which order: a page token belongs to it.
    """

    select: tuple[str, ...] | None = None
    expand: tuple[Expand, ...] = ()
    filter: Filter | None = None
    orders: tuple[Order, ...] = ()
    top: int | None = None
    skip: int | None = None
    is_counted: bool = False
    search: Condition | None = None
    media: str = ""
    skip_token: str | None = None
    delta_token: str | None = None
    fingerprint: str = ""


@lru_cache(maxsize=1024)
def parse_options(raw: bytes) -> QueryOptions:
    """The options in a raw query string; refused when unknown, repeated or malformed.

    Names are taken in any case, encoded or not, and unknown ones without `$` are ignored.
    """
    texts = _collect(raw)
    aliases = {name: text for name, text in texts.items() if name.startswith("@")}
    read_filter = partial(parse_filter, aliases=aliases)
    parts = [texts.get(name, "").strip() for name in ("$filter", "$orderby", SEARCH)]
    return QueryOptions(
        select=_read(texts, "$select", parse_names, None),
        expand=_read(texts, "$expand", parse_expand, ()),
        filter=_read(texts, "$filter", read_filter, None),
        orders=_read(texts, "$orderby", parse_orders, ()),
        top=_read(texts, "$top", parse_top, None),
        skip=_read(texts, "$skip", parse_skip, None),
        is_counted=_read(texts, "$count", parse_count, default=False),
        search=_read(texts, SEARCH, parse_search, None),
        media=_read(texts, "$format", _parse_format, ""),
        skip_token=texts.get("$skiptoken"),
        delta_token=texts.get("$deltatoken"),
        fingerprint="\n".join([*parts, *(f"{name}={aliases[name]}" for name in sorted(aliases))]),
    )


def find_alias(raw: bytes, alias: str) -> str | None:
    """The value that a query string gives to `@name`, its quotes taken off; none if it gives none.

    What is not in quotes stands for itself.
    """
    # quirk(graph): an alias is defined without its @ as well - SDKs of Microsoft Graph
    names = (alias.lower(), alias.lower().removeprefix("@"))
    for pair in raw.split(b"&"):
        if _name_of(pair) not in names:
            continue
        text = decode_text(pair.partition(b"=")[2].replace(b"+", b" "), alias).strip()
        is_quoted = len(text) > 1 and text[0] == text[-1] == "'"
        return text[1:-1].replace("''", "'") if is_quoted else text
    return None


def continue_query(raw: bytes, token: str, name: str = "$skiptoken") -> str:
    """The query string of the next page: the same one with its page token set under the name."""
    kept = [
        quote_from_bytes(pair, safe="%!$'()*+,-./:;=?@_~")
        for pair in raw.split(b"&")
        if pair and _name_of(pair) not in {"$skiptoken", "$skip"}
    ]
    return "&".join([*kept, f"{name}={token}"])


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
        if not name.startswith(("$", "@")):
            continue
        if name[0] == "$" and name not in _OPTIONS:
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


def _parse_format(text: str) -> str:
    """The media type; only JSON is spoken."""
    media = text.lower()
    if media.partition(";")[0].strip() not in _JSON:
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$format", f"'$format' takes json, and not '{text[:40]}'"
        )
    return media
