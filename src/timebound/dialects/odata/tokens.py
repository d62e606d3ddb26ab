"""The words of a `$filter`: text cut into tokens that remember where they stood."""

import re
from dataclasses import dataclass
from enum import Enum

from timebound.dialects.odata.problems import Flaw, ODataProblem

FILTER = "$filter"


class Kind(Enum):
    """What a token is."""

    TYPED = "typed"  # duration'PT8H', guid'...', microsoft.graph.status'active'
    STRING = "string"
    GUID = "guid"
    INSTANT = "instant"
    DAY = "day"
    NUMBER = "number"
    NAME = "name"
    ALIAS = "alias"  # @p, whose value stands in a query option of that name
    MARK = "mark"  # ( ) , / :
    END = "end"


@dataclass(slots=True)
class Token:
    """A word, its kind and where it begins (from 0)."""

    kind: Kind
    text: str
    position: int


_QUOTED = r"'(?:[^']|'')*'"
_TOKEN = re.compile(
    rf"""\s+
    | (?P<typed>[A-Za-z_][A-Za-z0-9_.]*{_QUOTED})
    | (?P<string>{_QUOTED})
    | (?P<guid>[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}(?![\w.-]))
    | (?P<instant>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt][0-9:.]+(?:[Zz]|[+-][0-9:]+)?(?![\w.]))
    | (?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![\w.]))
    | (?P<number>[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.]))
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*|\$count(?!\w))
    | (?P<alias>@[A-Za-z_]\w*)
    | (?P<mark>[(),/:])""",
    re.VERBOSE | re.ASCII,
)
_KINDS = {kind.value: kind for kind in Kind}


def split_tokens(text: str) -> list[Token]:
    """The tokens of a filter with an end token after them; refused where no token begins."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _refuse(text, position)
        name = found.lastgroup
        if name is not None:
            tokens.append(Token(_KINDS[name], found[0], position))
        position = found.end()
    tokens.append(Token(Kind.END, "", len(text)))
    return tokens


def _refuse(text: str, position: int) -> ODataProblem:
    if text[position] == "'":
        message = "The text that begins here in $filter has no closing quote"
    else:
        message = f"The character {text[position]!r} has no meaning here in $filter"
    return ODataProblem(Flaw.MALFORMED, FILTER, message, position=position)
