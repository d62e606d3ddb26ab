"""The values of the simple query options: numbers, truth values and sort orders."""

from typing import Final

from timebound.application.queries import Order
from timebound.dialects.odata.problems import Flaw, ODataProblem

_MOST_DIGITS: Final = 9
_MOST_ORDERS: Final = 5


def parse_top(text: str) -> int:
    """The number of a `$top`."""
    return _parse_number(text, "$top")


def parse_skip(text: str) -> int:
    """The number of a `$skip`."""
    return _parse_number(text, "$skip")


def parse_count(text: str) -> bool:
    """Whether `$count` asks for the number of all."""
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ODataProblem(
                Flaw.WRONG_TYPE, "$count", f"The value '{text[:40]}' of '$count' is not a boolean"
            )


def parse_orders(text: str) -> tuple[Order, ...]:
    """The sort order in wire names; refused when it has too many, or another direction."""
    orders = tuple(_parse_order(piece.split()) for piece in text.split(","))
    if len(orders) > _MOST_ORDERS:
        raise ODataProblem(
            Flaw.TOO_LARGE, "$orderby", f"$orderby has more than {_MOST_ORDERS} properties"
        )
    return orders


def _parse_number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ODataProblem(
            Flaw.WRONG_TYPE, name, f"The value '{text[:40]}' of '{name}' is not a whole number"
        )
    return int(text)


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
