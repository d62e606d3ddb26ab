"""URL paths cut into segments, in every spelling that clients use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from timebound.dialects.odata.options import find_alias
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.text import decode_text

LONGEST_PATH: Final = 4_000
MOST_SEGMENTS: Final = 32
_PATH: Final = "path"
_NAMESPACES: Final = ("microsoft.graph.", "graph.")
"""The namespace that types and functions are in, and its alias, which generated clients write."""
_ID: Final = "id"
_CALL: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\((.*)\)", re.DOTALL)
_KEY: Final = re.compile(r"'((?:[^']|'')*)'|([^'=,()\s]+)")
_OPEN: Final = re.compile(rb"[A-Za-z_.]+\([^'=]+=")
"""A function with an argument that is named."""
_PAIR: Final = r"\s*[A-Za-z_]\w*\s*=\s*(?:'(?:[^']|'')*'|[^'=,()\s]+)\s*"
_ARGUMENTS: Final = re.compile(rf"{_PAIR}(?:,{_PAIR})*|\s*", re.ASCII)
_ARGUMENT: Final = re.compile(r"(\w+)\s*=\s*(?:'((?:[^']|'')*)'|([^'=,()\s]+))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Segment:
    """A decoded piece of a path.

    `folded` is what routes compare: in lower case, and for a function without its parentheses
    and namespace. The key in `users('x')` is a segment of its own; it matches no name, whatever
    it spells. Names of `arguments` are in lower case; `aliases` names those whose values stand in
    the query.
    """

    text: str
    folded: str
    is_key: bool = False
    is_function: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()


@lru_cache(maxsize=2048)
def split_path(raw: bytes) -> tuple[Segment, ...]:
    """The segments of a path as sent, encoded and without its query.

    Empty segments vanish (`//`, a trailing `/`); what was an encoded slash stays in its segment.
    Refused when it is no UTF-8 or too long.
    """
    pieces = _cut(raw)
    if len(raw) > LONGEST_PATH or len(pieces) > MOST_SEGMENTS:
        raise ODataProblem(Flaw.TOO_LARGE, _PATH, "The path is too long")
    return tuple(
        segment for piece in pieces for segment in _read_segments(decode_text(piece, _PATH))
    )


def fill_aliases(segments: tuple[Segment, ...], query: bytes) -> tuple[Segment, ...]:
    """The segments with the values that the query gives to aliases; none is an empty text."""
    if not any(segment.aliases for segment in segments):
        return segments
    return tuple(_fill_aliases(segment, query) for segment in segments)


def drop_namespace(folded: str) -> str:
    """A name in lower case without the namespace before it, whichever way that is written."""
    for namespace in _NAMESPACES:
        folded = folded.removeprefix(namespace)
    return folded


def _fill_aliases(segment: Segment, query: bytes) -> Segment:
    filled = {
        name: (find_alias(query, value) or "") if name in segment.aliases else value
        for name, value in segment.arguments.items()
    }
    return replace(segment, arguments=MappingProxyType(filled), aliases=frozenset())


def _cut(raw: bytes) -> list[bytes]:
    """The pieces between slashes; one inside a quoted argument of a function belongs to it."""
    pieces: list[bytes] = []
    is_open = False
    for piece in raw.split(b"/"):
        has_odd_quotes = piece.count(b"'") % 2 == 1
        if is_open:
            pieces[-1] += b"/" + piece
            is_open = not has_odd_quotes
        elif piece:
            pieces.append(piece)
            is_open = has_odd_quotes and _OPEN.match(piece) is not None
    return pieces


def _read_segments(text: str) -> tuple[Segment, ...]:
    """One segment, or two where a name carries its key in parentheses."""
    call = _CALL.fullmatch(text) if text.endswith(")") else None
    if call is None:
        return (Segment(text, text.lower()),)
    name, inside = call[1], call[2]
    key = _KEY.fullmatch(inside)
    if key is not None:
        value = _unquote(key[1], key[2])
        return Segment(name, name.lower()), Segment(value, value.lower(), is_key=True)
    if _ARGUMENTS.fullmatch(inside) is None:
        return (Segment(text, text.lower()),)
    pairs = list(_ARGUMENT.finditer(inside))
    arguments = {one[1].lower(): _unquote(one[2], one[3]) for one in pairs}
    # quirk(graph): an alias may stand in quotes - SDKs of Microsoft Graph
    aliases = frozenset(name for name, value in arguments.items() if value.startswith("@"))
    if arguments.keys() == {_ID} and not aliases:
        value = arguments[_ID]
        return Segment(name, name.lower()), Segment(value, value.lower(), is_key=True)
    folded = drop_namespace(name.lower())
    held = MappingProxyType(arguments)
    return (Segment(text, folded, is_function=True, arguments=held, aliases=aliases),)


def _unquote(quoted: str | None, bare: str | None) -> str:
    return bare or "" if quoted is None else quoted.replace("''", "'")
