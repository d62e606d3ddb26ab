"""The values a `$filter` may name, from the tokens that write them."""

import math
from collections.abc import Callable
from typing import Final

from timebound.application.queries import Value
from timebound.dialects.odata.dates import parse_day, parse_instant
from timebound.dialects.odata.durations import parse_duration
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.tokens import FILTER, Kind, Token

_WORDS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}
_LARGEST: Final = 2**63 - 1


def read_literal(token: Token) -> Value:
    """The value that a token writes; refused when it writes none."""
    try:
        return _READERS.get(token.kind, _read_word)(token)
    except ODataProblem as problem:
        raise ODataProblem(problem.flaw, FILTER, problem.message, position=token.position) from None


def _read_string(token: Token) -> Value:
    return token.text[1:-1].replace("''", "'")


def _read_typed(token: Token) -> Value:
    prefix, _, quoted = token.text.partition("'")
    text = quoted[:-1].replace("''", "'")
    match prefix.lower():
        case "duration":
            return parse_duration(text, FILTER, is_strict=True)
        case "datetime" | "datetimeoffset":
            return parse_instant(text, FILTER)
        case "guid":
            return text.lower()
        case name if "." in name:
            return text
        case _:
            raise ODataProblem(Flaw.MALFORMED, FILTER, f"No literal begins with '{prefix}'")


def _read_number(token: Token) -> Value:
    if token.text.lstrip("+-").isdigit():
        whole = int(token.text) if len(token.text) <= len(str(_LARGEST)) + 1 else _LARGEST + 1
        if abs(whole) > _LARGEST:
            raise ODataProblem(Flaw.TOO_LARGE, FILTER, "The number does not fit into 64 bits")
        return whole
    number = float(token.text)
    if math.isinf(number):
        raise ODataProblem(Flaw.TOO_LARGE, FILTER, "The number does not fit into 64 bits")
    return number


def _read_word(token: Token) -> Value:
    """True, false or null; every other token is no value."""
    word = token.text.lower()
    if word not in _WORDS:
        raise _expected_value(token)
    return _WORDS[word]


def _expected_value(token: Token) -> ODataProblem:
    found = f"'{token.text[:40]}'" if token.text else "the end"
    return ODataProblem(
        Flaw.MALFORMED,
        FILTER,
        f"$filter needs a value such as 'text' or 2026-01-31T08:00:00Z here, not {found}",
    )


_READERS: Final[dict[Kind, Callable[[Token], Value]]] = {
    Kind.STRING: _read_string,
    Kind.TYPED: _read_typed,
    Kind.GUID: lambda token: token.text.lower(),
    Kind.INSTANT: lambda token: parse_instant(token.text, FILTER),
    Kind.DAY: lambda token: parse_day(token.text, FILTER),
    Kind.NUMBER: _read_number,
}
