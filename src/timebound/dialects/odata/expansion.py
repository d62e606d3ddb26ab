"""`$select` and `$expand` text as lists of names, with the options nested in parentheses."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from timebound.application.queries import Order
from timebound.dialects.odata.filter import Filter, parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.simple import parse_count, parse_orders, parse_top

SELECT: Final = "$select"
EXPAND: Final = "$expand"
EVERYTHING: Final = "*"
_DEEPEST: Final = 4
_MOST_NAMES: Final = 100
_BRACKETS: Final = {"(": 1, ")": -1}


@dataclass(frozen=True, slots=True)
class Expand:
    """A navigation to follow (`*`: all of them), what to show of its target, and which of them."""

    name: str
    select: tuple[str, ...] | None = None
    expand: "tuple[Expand, ...]" = ()
    filter: Filter | None = None
    orders: tuple[Order, ...] = ()
    top: int | None = None
    is_counted: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether it says which targets to show, which makes sense where there are many."""
        return bool(self.filter or self.orders or self.top is not None or self.is_counted)


def parse_names(text: str) -> tuple[str, ...]:
    """The names of a `$select`; refused when one is missing."""
    names = tuple(name.strip() for name in text.split(","))
    if len(names) > _MOST_NAMES:
        raise ODataProblem(Flaw.TOO_LARGE, SELECT, f"$select has over {_MOST_NAMES} names")
    if not all(names):
        raise ODataProblem(Flaw.MALFORMED, SELECT, "$select has an empty name")
    return names


def parse_expand(text: str, depth: int = 1) -> tuple[Expand, ...]:
    """The navigations of an `$expand`; refused when nested too deep or with other options."""
    if depth > _DEEPEST:
        raise ODataProblem(Flaw.TOO_LARGE, EXPAND, f"$expand is nested deeper than {_DEEPEST}")
    pieces = split_outside(text, ",", EXPAND)
    if len(pieces) > _MOST_NAMES:
        raise ODataProblem(Flaw.TOO_LARGE, EXPAND, f"$expand has over {_MOST_NAMES} names")
    return tuple(_parse_item(piece.strip(), depth) for piece in pieces)


def split_outside(text: str, separator: str, target: str) -> list[str]:
    """The pieces between separators that stand outside quotes and parentheses."""
    cuts = list(_find_cuts(text, separator, target))
    starts = [0, *(cut + 1 for cut in cuts)]
    return [text[start:end] for start, end in zip(starts, [*cuts, len(text)], strict=True)]


def _find_cuts(text: str, separator: str, target: str) -> Iterator[int]:
    depth = 0
    is_quoted = False
    for position, character in enumerate(text):
        if character == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character == separator and depth == 0:
            yield position
        else:
            depth += _BRACKETS.get(character, 0)
            if depth < 0:
                raise _unbalanced(target, position)
    if depth or is_quoted:
        raise _unbalanced(target, len(text))


def _parse_item(text: str, depth: int) -> Expand:
    name, bracket, rest = text.partition("(")
    name = name.strip()
    if not name or (bracket and not rest.endswith(")")):
        raise ODataProblem(
            Flaw.MALFORMED, EXPAND, f"$expand has no navigation name in '{text[:40]}'"
        )
    if not bracket:
        return Expand(name)
    return Expand(name, **_parse_options(name, rest[:-1], depth))


def _parse_options(name: str, text: str, depth: int) -> dict[str, Any]:
    """The nested options as fields of the expansion; refused when unknown, empty or repeated."""
    found: dict[str, Any] = {}
    for piece in split_outside(text, ";", EXPAND):
        option, _, value = piece.partition("=")
        option, value = option.strip().lower(), value.strip()
        field = _FIELDS.get(option.removeprefix("$"))
        if field is None:
            raise ODataProblem(
                Flaw.UNSUPPORTED,
                EXPAND,
                f"'{option[:40]}' is not supported inside $expand of '{name[:40]}'",
            )
        if not value:
            raise ODataProblem(
                Flaw.MALFORMED, EXPAND, f"'{option}' in $expand of '{name[:40]}' has no value"
            )
        if field in found:
            raise ODataProblem(
                Flaw.REPEATED, EXPAND, f"'{option}' stands twice in $expand of '{name[:40]}'"
            )
        found[field] = (
            parse_expand(value, depth + 1) if field == "expand" else _READERS[field](value)
        )
    return found


def _unbalanced(target: str, position: int) -> ODataProblem:
    return ODataProblem(
        Flaw.MALFORMED,
        target,
        f"The parentheses or quotes of {target} do not match",
        position=position,
    )


_READERS: Final[Mapping[str, Callable[[str], object]]] = MappingProxyType(
    {
        "select": parse_names,
        "filter": parse_filter,
        "orders": parse_orders,
        "top": parse_top,
        "is_counted": parse_count,
    }
)
_FIELDS: Final = MappingProxyType(
    {
        "select": "select",
        "expand": "expand",
        "filter": "filter",
        "orderby": "orders",
        "top": "top",
        "count": "is_counted",
    }
)
"""The nested options that there are; `$levels` and the others are none of them."""
