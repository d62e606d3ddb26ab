"""`$search` text to a condition in wire names: clauses of a property and a text in quotes.

Every clause becomes a match of the beginning; `binding` finds words where a property has them.
"""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from timebound.application.queries import And, Condition, Or, TextMatch, TextOperator
from timebound.dialects.odata.problems import Flaw, ODataProblem

SEARCH: Final = "$search"
_LONGEST: Final = 2_000
_DEEPEST: Final = 10
_MOST_CLAUSES: Final = 20
_TOKEN: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|AND\b|OR\b|[()])\s*', re.DOTALL)
_CLAUSE: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*:(.*)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def parse_search(text: str) -> Condition:
    """The meaning of a search; refused with the position where the text stops making sense."""
    if len(text) > _LONGEST:
        raise ODataProblem(Flaw.TOO_LARGE, SEARCH, f"$search is longer than {_LONGEST} characters")
    parser = _Parser(_split(text))
    condition = parser.read_or(1)
    if parser.word:
        parser.refuse("AND, OR or its end")
    return condition


def _split(text: str) -> list[tuple[str, int]]:
    tokens: list[tuple[str, int]] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ODataProblem(
                Flaw.MALFORMED,
                SEARCH,
                '$search takes clauses such as "displayName:text", in quotes, joined by AND or OR',
                position=position,
            )
        tokens.append((found[1], found.start(1)))
        position = found.end()
    return [*tokens, ("", len(text))]


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the tokens; AND binds tighter than OR."""

    tokens: list[tuple[str, int]]
    index: int = 0
    clauses: int = 0

    @property
    def word(self) -> str:
        """The token that is read next, empty at the end."""
        return self.tokens[self.index][0]

    def skip(self, word: str) -> bool:
        """Step over a token if it is next."""
        is_next = self.word == word
        self.index += is_next
        return is_next

    def refuse(self, expected: str, flaw: Flaw = Flaw.MALFORMED) -> NoReturn:
        """Stop at the next token, naming what should have stood there."""
        position = self.tokens[self.index][1]
        raise ODataProblem(flaw, SEARCH, f"$search needs {expected} here", position=position)

    def read_or(self, depth: int) -> Condition:
        """Conjunctions joined by OR."""
        parts = [self.read_and(depth)]
        while self.skip("OR"):
            parts.append(self.read_and(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def read_and(self, depth: int) -> Condition:
        """Clauses joined by AND."""
        parts = [self.read_part(depth)]
        while self.skip("AND"):
            parts.append(self.read_part(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def read_part(self, depth: int) -> Condition:
        """One clause, or a search in parentheses."""
        if not self.skip("("):
            return self.read_clause()
        if depth == _DEEPEST:
            self.refuse(f"fewer than {_DEEPEST} parentheses in one another", Flaw.TOO_LARGE)
        inner = self.read_or(depth + 1)
        if not self.skip(")"):
            self.refuse("')'")
        return inner

    def read_clause(self) -> Condition:
        """A property and what to look for in it."""
        if not self.word.startswith('"'):
            self.refuse('a clause such as "displayName:text"')
        self.clauses += 1
        if self.clauses > _MOST_CLAUSES:
            self.refuse(f"no more than {_MOST_CLAUSES} clauses", Flaw.TOO_LARGE)
        found = _CLAUSE.fullmatch(_ESCAPED.sub(r"\1", self.word[1:-1]))
        if found is None or not found[2].strip():
            self.refuse("a property, a colon and a text")
        self.index += 1
        return TextMatch(found[1], TextOperator.STARTS_WITH, found[2].strip())
