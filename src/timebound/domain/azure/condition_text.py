"""The text of a condition, read into its tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from timebound.domain.azure.comparing import OPERATORS, Quantifier
from timebound.domain.azure.conditions import (
    ActionMatches,
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Condition,
    Exists,
    Negation,
    Operand,
    Source,
    SubOperationMatches,
)

LONGEST: Final = 8_192
"""More characters than a condition may have."""
_KEPT: Final = 64
"""How many conditions are kept as they were read: one may be judged at every place of a list."""
DEEPEST: Final = 64
"""Deeper than parentheses may stand within one another."""
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<attribute>@(?P<source>(?a:Request|Resource|Principal|Environment))\[(?P<name>[^\]]{1,256})\])
      | '(?P<text>(?:[^'\\]|\\.)*)'
      | (?P<word>[A-Za-z0-9_.:+-]+)
      | (?P<sign>&&|\|\||[(){},!])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPED: Final = re.compile(r"\\(.)")
_QUANTIFIERS: Final = {one.value.lower(): one for one in Quantifier}


class UnreadableConditionError(ValueError):
    """A text that is no condition; the message says what was met where."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, sign, text or attribute, and where it stands."""

    kind: str
    text: str
    place: int


@lru_cache(_KEPT)
def read_condition(text: str) -> Condition:
    """The condition that a text means; raises `UnreadableConditionError` where it means none."""
    if len(text) > LONGEST:
        raise UnreadableConditionError(f"it is longer than {LONGEST} characters")
    reader = _Reader(tuple(_split(text)))
    found = reader.read_any(0)
    reader.expect_end()
    return found


def _split(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise UnreadableConditionError(f"nothing known stands at character {place + 1}")
        kind = found.lastgroup or ""
        for name in ("attribute", "text", "word", "sign"):
            if found[name] is not None:
                kind = name
        said = found[kind]
        yield _Token(kind, _ESCAPED.sub(r"\1", said) if kind == "text" else said, found.start(kind))
        place = found.end()
    yield _Token("end", "", len(text))


class _Reader:
    """Reads tokens from left to right; `!` binds before AND, AND before OR."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0

    def read_any(self, depth: int) -> Condition:
        """Parts joined by OR."""
        if depth > DEEPEST:
            raise UnreadableConditionError(f"parentheses stand more than {DEEPEST} deep")
        parts = [self._read_all(depth)]
        while self._take("or", "||"):
            parts.append(self._read_all(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def expect_end(self) -> None:
        """Refuses what stands behind a whole condition."""
        self._expect("end")

    def _read_all(self, depth: int) -> Condition:
        parts = [self._read_one(depth)]
        while self._take("and", "&&"):
            parts.append(self._read_one(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _read_one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise UnreadableConditionError(f"negations stand more than {DEEPEST} deep")
        if self._take("!", "not"):
            return Negation(self._read_one(depth + 1))
        if self._take("("):
            found = self.read_any(depth + 1)
            self._expect_sign(")")
            return found
        if self._take("actionmatches"):
            return ActionMatches(self._read_name())
        if self._take("suboperationmatches"):
            return SubOperationMatches(self._read_name())
        if self._take("exists"):
            return Exists(self._read_attribute())
        if self._take("notexists"):
            return Negation(Exists(self._read_attribute()))
        return self._read_comparison()

    def _read_comparison(self) -> Condition:
        left, word = self._read_attribute(), self._expect("word")
        quantified, _, name = word.text.rpartition(":")
        quantifier = _QUANTIFIERS.get(quantified.lower())
        if (quantified and quantifier is None) or name.lower() not in OPERATORS:
            raise UnreadableConditionError(
                f"'{word.text[:80]}' at character {word.place + 1} is no operator that is known"
            )
        return Comparison(left, name, self._read_operand(), quantifier)

    def _read_operand(self) -> Operand:
        if self._peek().kind == "attribute":
            return self._read_attribute()
        if not self._take("{"):
            return (self._read_value(),)
        values = [self._read_value()]
        while self._take(","):
            values.append(self._read_value())
        self._expect_sign("}")
        return tuple(values)

    def _read_value(self) -> str:
        token = self._peek()
        if token.kind not in {"text", "word"}:
            raise self._refuse(token, "a value")
        self._next += 1
        return token.text

    def _read_name(self) -> str:
        self._expect_sign("{")
        name = self._read_value()
        self._expect_sign("}")
        return name

    def _read_attribute(self) -> Attribute:
        source, _, name = self._expect("attribute").text[1:-1].partition("[")
        return Attribute(Source(source.lower()), name.strip())

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *words: str) -> bool:
        token = self._peek()
        is_it = token.kind in {"word", "sign"} and token.text.lower() in words
        self._next += is_it
        return is_it

    def _expect(self, kind: str) -> _Token:
        token = self._peek()
        if token.kind != kind:
            raise self._refuse(
                token, {"end": "the end", "word": "an operator"}.get(kind, f"an {kind}")
            )
        self._next += 1
        return token

    def _expect_sign(self, sign: str) -> None:
        if not self._take(sign):
            raise self._refuse(self._peek(), f"'{sign}'")

    @staticmethod
    def _refuse(token: _Token, wanted: str) -> UnreadableConditionError:
        met = f"'{token.text[:80]}'" if token.kind != "end" else "the end"
        return UnreadableConditionError(
            f"{wanted} was to stand at character {token.place + 1}, not {met}"
        )
