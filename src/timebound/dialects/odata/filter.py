"""`$filter` text to a condition in wire names; what the names mean is settled by `binding`.

Depth, length and the number of comparisons are bounded, so that no filter costs much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn

from timebound.application.queries import (
    ALWAYS,
    ELEMENT,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    TextMatch,
    TextOperator,
    Value,
)
from timebound.dialects.odata.literals import read_literal
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.tokens import FILTER, Kind, Token, split_tokens

LONGEST: Final = 8_000
DEEPEST: Final = 20
MOST_VALUES: Final = 200

_OPERATORS: Final = {operator.value: operator for operator in Operator}
_TEXT_OPERATORS: Final = {operator.value: operator for operator in TextOperator}
_NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})
_VALUE_AND_END: Final = 2


@dataclass(frozen=True, slots=True)
class Call:
    """A function that stands as a condition of its own, such as `asTarget()`."""

    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition in wire names and the calls that must hold beside it.

    `universal` are the collections that were asked with `all`, which not every dialect takes; in
    the condition `all` reads as no element that fails.
    """

    condition: Condition
    calls: tuple[Call, ...] = ()
    universal: tuple[str, ...] = ()


def parse_filter(text: str, aliases: Mapping[str, str] = _NO_ALIASES) -> Filter:
    """The meaning of a filter; refused with the position where the text stops making sense.

    `aliases` are the values that `@name` stands for, by the name in lower case.
    """
    if len(text) > LONGEST:
        raise ODataProblem(Flaw.TOO_LARGE, FILTER, f"$filter is longer than {LONGEST} characters")
    parser = _Parser(split_tokens(text), aliases)
    condition = parser.read_or()
    if parser.token.kind is not Kind.END:
        parser.refuse_token("'and', 'or' or its end")
    return Filter(condition, tuple(parser.calls), tuple(parser.universal))


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the tokens, one method per level of precedence."""

    tokens: list[Token]
    aliases: Mapping[str, str]
    index: int = 0
    depth: int = 0
    values: int = 0
    calls: list[Call] = field(default_factory=list)
    universal: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)

    @property
    def token(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.index]

    @property
    def word(self) -> str:
        """The next token read as a keyword, in lower case; empty where it can be none."""
        return self.token.text.lower() if self.token.kind is Kind.NAME else ""

    def take(self) -> Token:
        """The next token, stepping over it."""
        token = self.tokens[self.index]
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def refuse(self, message: str, flaw: Flaw = Flaw.MALFORMED) -> NoReturn:
        """Stop at the next token."""
        raise ODataProblem(flaw, FILTER, message, position=self.token.position)

    def refuse_token(self, expected: str) -> NoReturn:
        """Stop at the next token, naming what should have stood there."""
        found = f"'{self.token.text[:40]}'" if self.token.text else "the end"
        self.refuse(f"$filter needs {expected} here, not {found}")

    def skip(self, mark: str) -> bool:
        """Step over a punctuation mark if it is next."""
        is_next = self.token.kind is Kind.MARK and self.token.text == mark
        if is_next:
            self.take()
        return is_next

    def expect(self, mark: str) -> None:
        """Step over a punctuation mark that must be next."""
        if not self.skip(mark):
            self.refuse_token(f"'{mark}'")

    def read_or(self) -> Condition:
        """Conjunctions joined by `or`."""
        calls = len(self.calls)
        parts = [self.read_and()]
        while self.word == "or":
            self.refuse_calls_since(calls)
            self.take()
            parts.append(self.read_and())
            self.refuse_calls_since(calls)
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def read_and(self) -> Condition:
        """Single conditions joined by `and`."""
        parts = [self.read_unary()]
        while self.word == "and":
            self.take()
            parts.append(self.read_unary())
        kept = [part for part in parts if part is not ALWAYS]
        if len(kept) == 1:
            return kept[0]
        return And(tuple(kept)) if kept else ALWAYS

    def read_unary(self) -> Condition:
        """A condition, one behind `not`, or one in parentheses."""
        if self.depth == DEEPEST:
            self.refuse(f"$filter is nested deeper than {DEEPEST}", Flaw.TOO_LARGE)
        self.depth += 1
        if self.word == "not":
            self.take()
            calls = len(self.calls)
            condition: Condition = Not(self.read_unary())
            self.refuse_calls_since(calls)
        elif self.skip("("):
            condition = self.read_or()
            self.expect(")")
        else:
            condition = self.read_condition()
        self.depth -= 1
        return condition

    def read_condition(self) -> Condition:
        """A comparison, a text function, a call or an `any`."""
        if self.token.kind is not Kind.NAME:
            self.refuse_token("a property name")
        if self.tokens[self.index + 1].text == "(":
            return self.read_function()
        path = self.read_path()
        if path[-1].lower() in {"any", "all"} and self.token.text == "(":
            return self.read_quantified(path)
        name = self.name_of(path)
        operator = self.word
        if operator == "in":
            self.take()
            return OneOf(name, self.read_values())
        if operator not in _OPERATORS:
            self.refuse_token("eq, ne, gt, ge, lt, le or in")
        self.take()
        return Compare(name, _OPERATORS[operator], self.read_value())

    def read_path(self) -> list[str]:
        """Names joined by slashes."""
        path: list[str] = []
        while True:
            if self.token.kind is not Kind.NAME:
                self.refuse_token("a property name")
            path.append(self.take().text)
            if not self.skip("/"):
                return path

    def name_of(self, path: list[str]) -> str:
        """The property a path names, below the variable of the `any` it stands in."""
        if self.variables:
            if path[0] != self.variables[-1]:
                self.refuse(
                    f"Inside any() a property begins with '{self.variables[-1]}'",
                    Flaw.UNSUPPORTED,
                )
            path = path[1:]
        return "/".join(path) if path else ELEMENT

    def read_value(self) -> Value:
        """One literal; each counts towards the limit."""
        self.values += 1
        if self.values > MOST_VALUES:
            self.refuse(f"$filter compares with more than {MOST_VALUES} values", Flaw.TOO_LARGE)
        token = self.token
        value = self.read_alias(token.text) if token.kind is Kind.ALIAS else read_literal(token)
        self.take()
        return value

    def read_alias(self, alias: str) -> Value:
        """The literal that an alias stands for."""
        text = self.aliases.get(alias.lower())
        if text is None:
            self.refuse(f"'{alias[:40]}' in $filter has no value in the query")
        tokens = split_tokens(text)
        if len(tokens) != _VALUE_AND_END:
            self.refuse(f"'{alias[:40]}' does not stand for one value")
        return read_literal(tokens[0])

    def read_values(self) -> tuple[Value, ...]:
        """At least one literal in parentheses."""
        self.expect("(")
        values = [self.read_value()]
        while self.skip(","):
            values.append(self.read_value())
        self.expect(")")
        return tuple(values)

    def read_function(self) -> Condition:
        """`startswith(name,'text')` and its kin, or a call kept for the dialect."""
        name = self.token.text
        operator = _TEXT_OPERATORS.get(name.lower())
        if operator is not None:
            return self.read_text_match(operator)
        if self.variables:
            self.refuse(f"The function '{name}' cannot stand inside any()", Flaw.UNSUPPORTED)
        self.take()
        self.expect("(")
        arguments: list[Value] = []
        while not self.skip(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.read_value())
        self.calls.append(Call(name, tuple(arguments)))
        return ALWAYS

    def read_text_match(self, operator: TextOperator) -> Condition:
        """The property and the text of a text function."""
        function = self.take().text
        self.expect("(")
        name = self.name_of(self.read_path())
        self.expect(",")
        if self.token.kind not in {Kind.STRING, Kind.TYPED, Kind.GUID, Kind.ALIAS}:
            self.refuse(f"The second argument of {function} must be a text in quotes")
        value = self.read_value()
        self.expect(")")
        return TextMatch(name, operator, str(value))

    def read_quantified(self, path: list[str]) -> Condition:
        """`collection/any(x:condition on x)`, the same with `all`, or `any()`: not empty."""
        word = path[-1].lower()
        if len(path) == 1:
            self.refuse(f"'{path[-1]}' is not supported in $filter", Flaw.UNSUPPORTED)
        collection = self.name_of(path[:-1])
        self.expect("(")
        if word == "any" and self.skip(")"):
            return AnyOf(collection, ALWAYS)
        if self.token.kind is not Kind.NAME:
            self.refuse_token(f"the variable of {word}()")
        self.variables.append(self.take().text)
        self.expect(":")
        condition = self.read_or()
        self.expect(")")
        self.variables.pop()
        if word == "any":
            return AnyOf(collection, condition)
        self.universal.append(collection)
        return Not(AnyOf(collection, Not(condition)))

    def refuse_calls_since(self, count: int) -> None:
        """Calls narrow the whole list, so they may only be joined by `and`."""
        if len(self.calls) > count:
            self.refuse(f"'{self.calls[-1].name}()' can only be joined by 'and'", Flaw.UNSUPPORTED)
