"""From a path to its operation: the rows of the table by the words in their paths."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from timebound.application.azure_actions import known_actions
from timebound.dialects.arm.call import ROOT
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paths import join_segments, split_scope
from timebound.dialects.arm.problems import (
    say_absent_path,
    say_undated_version,
    say_unknown_namespace,
    say_unknown_type,
    say_unserved_method,
    say_unserved_version,
)
from timebound.dialects.arm.refusals import Refusal
from timebound.dialects.arm.resources.versions import AnyVersion
from timebound.domain.folding import fold

_SCOPE: Final = ("{scope}",)
_MANY: Final = "{parentResourcePath}"
_NAMESPACE: Final = "Microsoft.Authorization"
_PROVIDERS: Final = "providers"


@dataclass(frozen=True, slots=True)
class Route:
    """The operation a call is for, the scope it is called at, and the keys its path holds."""

    operation: Operation
    scope_path: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The words of a template in lower case; none stands for a key."""

    words: tuple[str | None, ...]
    many: int | None
    """Where any number of segments may stand, if anywhere."""

    def match(self, segments: Sequence[str]) -> tuple[str, ...] | None:
        """The keys in a path; none if it is another one."""
        if self.many is not None:
            behind = len(self.words) - self.many
            if len(segments) < len(self.words):
                return None
            segments = (*segments[: self.many], *segments[len(segments) - behind :])
        if len(segments) != len(self.words):
            return None
        keys = []
        for word, segment in zip(self.words, segments, strict=True):
            if word is None:
                keys.append(segment)
            elif word != fold(segment):
                return None
        return tuple(keys)

    @property
    def weight(self) -> int:
        """How much it says: the more, the sooner it is asked."""
        return sum(word is not None for word in self.words)


def _read_pattern(steps: Sequence[str]) -> _Pattern:
    many = steps.index(_MANY) if _MANY in steps else None
    words = (None if step.startswith("{") else fold(step) for step in steps if step != _MANY)
    return _Pattern(tuple(words), many)


@dataclass(frozen=True, slots=True)
class _Row:
    """An operation by its patterns: at which scopes, and what follows there.

    What has no scope is found by its whole path; what has any is found at all of them.
    """

    operation: Operation
    at: _Pattern | None
    path: _Pattern

    @property
    def weight(self) -> int:
        """How much its patterns say: the more, the sooner it is asked."""
        return self.path.weight + (-1 if self.at is None else self.at.weight)


_Found: TypeAlias = tuple[_Row, tuple[str, ...]]


class Router:
    """Finds operations; made once of the table."""

    __slots__ = ("_authorization", "_namespaces", "_others")

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Sort the rows by the word that comes first in what they are found by."""
        self._authorization: dict[str, list[_Row]] = {}
        self._others: dict[str, list[_Row]] = {}
        self._namespaces = {fold(_NAMESPACE)}
        for operation in operations:
            self._place(operation, operation.path)
            if operation.other_path is not None:
                self._place(operation, operation.other_path)
        for rows in (*self._authorization.values(), *self._others.values()):
            rows.sort(key=lambda row: -row.weight)

    def _place(self, operation: Operation, path: str) -> None:
        steps = tuple(step for step in path.split("/") if step)
        start = split_scope(steps)
        if start is None:
            row = _Row(operation, None, _read_pattern(steps))
            self._others.setdefault(fold(steps[0]), []).append(row)
            self._namespaces.update(fold(one) for one in _list_namespaces(steps))
            return
        scope = steps[: start - 2]
        at = None if scope == _SCOPE else _read_pattern(scope)
        row = _Row(operation, at, _read_pattern(steps[start:]))
        self._authorization.setdefault(fold(steps[start]), []).append(row)

    def find(self, method: str, segments: Sequence[str], version: str) -> Route:
        """The route of a call; refused for its path, its api-version or its method."""
        start = split_scope(segments)
        found = self._find_all(segments, version)
        row, keys = _choose(method, version, found, is_provider=start is not None)
        if start is None:
            return Route(row.operation, _find_place(row, segments), keys)
        return Route(row.operation, join_segments(segments[: start - 2]), keys)

    def list_methods(self, segments: Sequence[str]) -> frozenset[str]:
        """The methods of a path in whatever versions; refused where nothing is known under it."""
        return frozenset(row.operation.method for row, _ in self._find_all(segments, ""))

    def _find_all(self, segments: Sequence[str], version: str) -> Sequence[_Found]:
        start = split_scope(segments)
        if start is None:
            found = list(self._find_other(segments))
            if not found:
                raise self._lead_nowhere(segments, version)
            return found
        found = list(self._find_at_scope(segments[: start - 2], segments[start:]))
        if not found:
            raise Refusal(say_unknown_type(_NAMESPACE, version))
        return found

    def _find_at_scope(self, scope: Sequence[str], rest: Sequence[str]) -> Iterator[_Found]:
        for row in self._authorization.get(fold(rest[0]), ()):
            keys = row.path.match(rest)
            if keys is not None and (row.at is None or row.at.match(scope) is not None):
                yield row, keys

    def _find_other(self, segments: Sequence[str]) -> Iterator[_Found]:
        for row in self._others.get(fold(segments[0]) if segments else "", ()):
            keys = row.path.match(segments)
            if keys is not None:
                yield row, keys

    def _lead_nowhere(self, segments: Sequence[str], version: str) -> Refusal:
        """The refusal of a path that nothing is known under."""
        namespaces = list(_list_namespaces(segments))
        if not namespaces:
            return Refusal(say_absent_path(join_segments(segments)))
        last = namespaces[-1]
        if fold(last) in self._namespaces or fold(last) in known_actions():
            return Refusal(say_unknown_type(last, version))
        return Refusal(say_unknown_namespace(last))


def _choose(method: str, version: str, found: Sequence[_Found], *, is_provider: bool) -> _Found:
    """The row that says most of those that serve the version and the method."""
    rows = [one for one in found if version in one[0].operation.versions]
    if not rows and any(isinstance(row.operation.versions, AnyVersion) for row, _ in found):
        raise Refusal(say_undated_version(version))
    if not rows:
        versions = frozenset[str]().union(*(row.operation.versions for row, _ in found))
        type_ = _name_type(found[0][0].operation) if is_provider else None
        raise Refusal(say_unserved_version(type_, version, versions))
    for one in rows:
        if one[0].operation.method == method:
            return one
    served = {row.operation.method for row, _ in rows}
    raise Refusal(say_unserved_method(method, served, is_provider=is_provider))


def _name_type(operation: Operation) -> str:
    """The type of what an operation of the provider is for, as it is published."""
    steps = operation.path.split("/")
    start = split_scope(steps) or 0
    return "/".join(step for step in steps[start:] if not step.startswith("{"))


def _find_place(row: _Row, segments: Sequence[str]) -> str:
    """The path up to its last key."""
    words = row.path.words
    behind = next((n for n, word in enumerate(reversed(words)) if word is None), len(words))
    return join_segments(segments[: len(segments) - behind]) if behind < len(words) else ROOT


def _list_namespaces(steps: Sequence[str]) -> Iterator[str]:
    """The providers that a path names."""
    for before, step in pairwise(steps):
        if fold(before) == _PROVIDERS and not step.startswith("{"):
            yield step
