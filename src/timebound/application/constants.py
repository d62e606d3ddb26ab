"""Pages of what stands in the program itself, and not in a store."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar, assert_never

from timebound.application.queries import (
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Page,
    Query,
    TextMatch,
    TextOperator,
)

Row = TypeVar("Row")


def list_constants(rows: Sequence[tuple[Row, Mapping[str, str]]], query: Query) -> Page[Row]:
    """The page that a query asks of rows with the texts of their fields, sorted by their `id`.

    Texts are compared in any case. Another order than that of the ids is not known here.
    """
    met = [(row, fields["id"]) for row, fields in rows if _meets(fields, query.condition)]
    is_descending = bool(query.orders) and query.orders[0].is_descending
    met.sort(key=lambda one: one[1], reverse=is_descending)
    page = met if query.after is None else _behind(met, str(query.after[-1]))
    kept = page[: query.limit]
    return Page(
        tuple(row for row, _ in kept),
        (kept[-1][1],) if len(page) > len(kept) else None,
        len(met) if query.is_counted else None,
    )


def _behind(rows: Sequence[tuple[Row, str]], position: str) -> Sequence[tuple[Row, str]]:
    ids = [id_ for _, id_ in rows]
    return rows[ids.index(position) + 1 :] if position in ids else ()


def _meets(fields: Mapping[str, str], condition: Condition) -> bool:
    match condition:
        case Compare(field, operator, value):
            is_same = fields[field].lower() == str(value).lower()
            return is_same if operator is Operator.EQ else not is_same
        case OneOf(field, values):
            return fields[field].lower() in {str(value).lower() for value in values}
        case TextMatch(field, text_operator, text):
            return _MATCHES[text_operator](fields[field].lower(), text.lower())
        case And(parts):
            return all(_meets(fields, part) for part in parts)
        case Or(parts):
            return any(_meets(fields, part) for part in parts)
        case Not(part):
            return not _meets(fields, part)
        case AnyOf():
            return False
        case _:
            assert_never(condition)


_MATCHES: Final = {
    TextOperator.STARTS_WITH: str.startswith,
    TextOperator.ENDS_WITH: str.endswith,
    TextOperator.CONTAINS: str.__contains__,
}
