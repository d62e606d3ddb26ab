"""`$select` and `$expand` text as lists of names, with the options nested in parentheses."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from timebound.dialects.odata.problems import Flaw, ODataProblem

SELECT: Final = "$select"
EXPAND: Final = "$expand"
EVERYTHING: Final = "*"
_DEEPEST: Final = 4
_MOST_NAMES: Final = 100
_BRACKETS: Final = {"(": 1, ")": -1}


@dataclass(frozen=True, slots=True)
class Expand:
    """A navigation to follow (`*`: all of them) and what to show of its target."""

    name: str
    select: tuple[str, ...] | None = None
    expand: "tuple[Expand, ...]" = ()


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
    select: tuple[str, ...] | None = None
    expand: tuple[Expand, ...] = ()
    seen: set[str] = set()
    for piece in split_outside(rest[:-1], ";", EXPAND):
        option, _, value = piece.partition("=")
        option = option.strip().lower()
        if not value.strip():
            raise ODataProblem(
                Flaw.MALFORMED, EXPAND, f"'{option[:40]}' in $expand of '{name}' has no value"
            )
        if option in seen:
            raise ODataProblem(
                Flaw.REPEATED, EXPAND, f"'{option}' stands twice in $expand of '{name}'"
            )
        seen.add(option)
        match option.removeprefix("$"):
            case "select":
                select = parse_names(value)
            case "expand":
                expand = parse_expand(value, depth + 1)
            case _:
                raise ODataProblem(
                    Flaw.UNSUPPORTED,
                    EXPAND,
                    f"'{option[:40]}' is not supported inside $expand of '{name}'",
                )
    return Expand(name, select, expand)


def _unbalanced(target: str, position: int) -> ODataProblem:
    return ODataProblem(
        Flaw.MALFORMED,
        target,
        f"The parentheses or quotes of {target} do not match",
        position=position,
    )
