"""A whole change set in one statement of PostgreSQL: one round trip, one commit.

The statement locks the facts in their order, comes to a verdict about their versions, and writes
only if that is good. A row that somebody else has just changed is waited for and then seen as it is
now (READ COMMITTED), so the verdict is about what is current when the locks are held.

The parts do not see one another's work. Change sets of many writes, that touch a row twice, or that
finish what must still be open, are written one statement after the other instead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Delete, Insert, Update, bindparam, literal_column, select
from sqlalchemy.types import Boolean

from timebound.application.changes import (
    ChangeSet,
    EndGrant,
    InsertGrant,
    InsertRequest,
    TouchObject,
    UpdateRequest,
    Write,
)
from timebound.storage.compiling import Compiled, Database, Statement
from timebound.storage.statements import Run
from timebound.storage.versions import Lock, lock_of

MOST_PARTS: Final = 24
"""How many writes are put into one statement; every number of them is a statement of its own."""

MOST_KEPT: Final = 512
"""How many statements are kept; beyond that all are forgotten and made again."""

_OK: Final = literal_column("(SELECT ok FROM verdict)", Boolean())
_PLACEHOLDER: Final = re.compile(r"\$(\d+)")

_VERDICT: Final = """
expected AS (SELECT * FROM unnest({keys}::text[], {versions}::bigint[]) AS e(key, version)),
verdict AS MATERIALIZED (
    SELECT count(*) = {total}::bigint AS is_complete,
        count(*) = {total}::bigint
        AND coalesce(bool_and(e.version IS NULL OR e.version = locked.version), true) AS ok
    FROM locked LEFT JOIN expected AS e ON e.key = locked.key
)"""
_GOOD: Final = "verdict AS MATERIALIZED (SELECT true AS is_complete, true AS ok)"


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The text and the arguments; the answer is whether all facts had a row, and the verdict."""

    text: str
    arguments: list[Any]


@dataclass(slots=True)
class Combiner:
    """Makes such statements and keeps their texts."""

    _guarded: dict[Statement, Statement] = field(default_factory=dict)
    _texts: dict[tuple[str, ...], str] = field(default_factory=dict)

    def combine(self, change: ChangeSet, runs: Sequence[Run]) -> AtOnce | None:
        """The change set in one statement; none where it has to be written step by step."""
        if sum(len(values) for _, values in runs) > MOST_PARTS or not _is_apart(change.writes):
            return None
        parts: list[tuple[str, tuple[Any, ...]]] = []
        if change.expects or change.bumps:
            parts += _judge(change, lock_of(change))
        for statement, values in runs:
            compiled = self._guard(statement)
            parts += [(compiled.text, compiled.arguments(each)) for each in values]
        texts = tuple(text for text, _ in parts)
        text = self._texts.get(texts)
        if text is None:
            if len(self._texts) >= MOST_KEPT:
                self._texts.clear()
            text = self._texts[texts] = _join(parts, is_judged=bool(change.expects or change.bumps))
        return AtOnce(text, [argument for _, arguments in parts for argument in arguments])

    def _guard(self, statement: Statement) -> Compiled:
        guarded = self._guarded.get(statement)
        if guarded is None:
            guarded = self._guarded[statement] = Statement(_only_if_ok(statement.clause))
        return guarded.compile_for(Database.POSTGRESQL)


def _is_apart(writes: Sequence[Write]) -> bool:
    """Whether the writes are the everyday ones and no two of them touch one row."""
    rows: list[tuple[str, str]] = []
    for write in writes:
        match write:
            case InsertRequest(request=request) | UpdateRequest(request=request):
                rows.append(("request", request.id))
            case InsertGrant(grant=grant):
                rows.append(("grant", grant.id))
            case EndGrant(grant_id=grant_id):
                rows.append(("grant", grant_id))
            case TouchObject(object_id=object_id):
                rows.append(("object", object_id))
            case _:
                return False
    return len(rows) == len(set(rows))


def _only_if_ok(clause: object) -> Insert | Update | Delete:
    match clause:
        case Insert():
            columns = list(clause.table.columns)
            values = [bindparam(column.name, type_=column.type) for column in columns]
            return clause.from_select(columns, select(*values).where(_OK))
        case Update() | Delete():
            return clause.where(_OK)
        case _:
            raise TypeError(f"{type(clause).__name__} writes nothing")


def _judge(change: ChangeSet, lock: Lock) -> list[tuple[str, tuple[Any, ...]]]:
    compiled = lock.statement.compile_for(Database.POSTGRESQL)
    text = _VERDICT.format(keys="$1", versions="$2", total="$3")
    total = len({*change.expects, *change.bumps})
    expected = (list(change.expects), list(change.expects.values()), total)
    return [(compiled.text, compiled.arguments(lock.parameters)), (text, expected)]


def _join(parts: Sequence[tuple[str, tuple[Any, ...]]], *, is_judged: bool) -> str:
    shifted: list[str] = []
    offset = 0
    for text, arguments in parts:
        shifted.append(_shift(text, offset))
        offset += len(arguments)
    head, writes = [_GOOD], shifted
    if is_judged:
        lock, verdict, *writes = shifted
        head = [f"locked AS MATERIALIZED ({lock})", verdict]
    named = [f"write{number} AS ({text})" for number, text in enumerate(writes)]
    return f"WITH {', '.join([*head, *named])} SELECT is_complete, ok FROM verdict"  # noqa: S608 - all of it compiled by us


def _shift(text: str, offset: int) -> str:
    return _PLACEHOLDER.sub(lambda found: f"${int(found[1]) + offset}", text)
