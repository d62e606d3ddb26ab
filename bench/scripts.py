"""From rehearsals to what the floor does for each call: the statements, and who fills them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.rehearsal import (
    LASTS,
    Heard,
    Stage,
    ask_about,
    ask_activation,
    ask_deactivation,
    ask_own,
)
from bench.weaving import Plan, Sample, Values, make_plan
from timebound.application.changes import ChangeSet
from timebound.domain.ids import PrincipalId
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant
from timebound.storage.at_once import Combiner
from timebound.storage.columns import write_instant
from timebound.storage.compiling import Database, Parameters, Statement
from timebound.storage.documents import digest_event
from timebound.storage.facts import KEPT_IN_VIEW
from timebound.storage.rows import GRANT_COLUMNS
from timebound.storage.slots import slot_stack
from timebound.storage.statements import Run
from timebound.storage.versions import (
    bump_rows,
    bump_versions,
    insert_zeros,
    lock_of,
    read_parameters,
    read_versions,
    zero_rows,
)
from timebound.storage.writes import plan_change

_WIDEST: Final = 200
"""More columns than any statement has."""
CALLER: Final = "{caller}"
_TOTAL: Final = "the number of keys"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the columns that the floor looks at stand in the rows about a slot."""

    key: int
    version: int
    grant_id: int
    grant_kind: int
    grant_end: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class WriteScript:
    """One writing call: the facts, what judges the write, the writes, and what is asked after."""

    facts: Plan
    judge: Plan
    runs: tuple[tuple[str, tuple[Plan, ...]], ...]
    after: tuple[Plan, ...]
    zeros: str
    digests: int
    ids: int


@dataclass(frozen=True, slots=True)
class Scripts:
    """Everything that the floor does, and how the product answered the same calls."""

    own: tuple[Plan, ...]
    about: tuple[Plan, ...]
    activation: WriteScript
    deactivation: WriteScript
    places: Places
    steady_keys: tuple[str, ...]
    """The keys of everybody's lock in their order, with CALLER where the caller's id belongs."""
    answers: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Keys:
    """The facts that a write rests on, in the forms that the statements of a database take."""

    locked: object
    expected: object = None
    versions: object = None
    total: object = None


UNKNOWN: Final = Keys(None)
"""Before the facts have been asked."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The instants of a writing call, in every form that a statement has them."""

    at: Any
    since: Any
    end: Any
    texts: tuple[str, ...]


def tell_moment(at: Instant, database: Database) -> Moment:
    """The forms of one instant, of its window in view, and of the end of an activation."""
    since, end = at - KEPT_IN_VIEW, at + LASTS
    texts = (at.isoformat(), end.isoformat(), write_instant(at), write_instant(end))
    if database is Database.POSTGRESQL:
        return Moment(at, since, end, texts)
    return Moment(texts[2], write_instant(since), texts[3], texts)


def order_values(
    caller: str, moment: Moment, grant_id: str, ids: Sequence[str], keys: Keys
) -> Values:
    """What differs between writing calls, without the digests, in the order that plans expect."""
    of_time = (moment.at, moment.since, moment.end, *moment.texts)
    of_facts = (keys.locked, keys.expected, keys.versions, keys.total)
    return (caller, *of_time, grant_id, *of_facts, *ids)


async def write_scripts(stage: Stage, database: Database, at: Instant) -> Scripts:
    """Rehearses each kind of call and writes down what the floor has to do for it."""
    people = stage.population.people
    reader, writer = people[0], stage.population.loner
    administrator = stage.population.administrator_id
    own = await stage.play(ask_own(reader), at)
    about = await stage.play(ask_about(administrator, reader), at)
    first = await stage.play(ask_activation(writer), at)
    second = await stage.play(ask_deactivation(writer), at)
    moment = tell_moment(at, database)
    reading = Sample((reader, moment.at))
    asking = Sample((administrator, moment.at, reader))
    return Scripts(
        own=tuple(_plan(*asked, database, reading) for asked in own.questions),
        about=tuple(_plan(*asked, database, asking) for asked in about.questions),
        activation=_write_script(first, database, writer, moment, ""),
        deactivation=_write_script(second, database, writer, moment, first.ids.given[0]),
        places=_find_places(),
        steady_keys=_find_steady_keys(first, writer),
        answers={
            "own": own.body,
            "about": about.body,
            "activation": first.body,
            "deactivation": second.body,
        },
    )


def _plan(statement: Statement, parameters: Parameters, database: Database, sample: Sample) -> Plan:
    compiled = statement.compile_for(database)
    return make_plan(compiled.text, compiled.arguments(parameters), sample)


def _write_script(
    heard: Heard, database: Database, caller: PrincipalId, moment: Moment, grant_id: str
) -> WriteScript:
    change = heard.change
    if change is None:
        raise RuntimeError("the rehearsal wrote nothing")
    digests = tuple(digest_event(change.tenant_id, event) for event in change.events)
    ids = tuple(heard.ids.given)
    runs = [(bump_versions(), bump_rows(change)), *plan_change(change)]
    judge = _judge(change, runs, database)
    # The keys are known only when the facts are, so the facts are not asked with them.
    before = Sample(order_values(caller, moment, grant_id, ids, UNKNOWN))
    sample = Sample((*order_values(caller, moment, grant_id, ids, judge.keys), *digests))
    steps = runs if database is Database.SQLITE else []
    return WriteScript(
        facts=_plan(*heard.questions[0], database, before),
        judge=make_plan(judge.text, judge.arguments, sample),
        runs=tuple(
            (
                statement.compile_for(database).text,
                tuple(_plan(statement, row, database, sample) for row in rows),
            )
            for statement, rows in steps
        ),
        after=tuple(_plan(*one, database, before) for one in heard.questions[heard.asked_first :]),
        zeros=insert_zeros().compile_for(database).text,
        digests=len(digests),
        ids=len(ids),
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    text: str
    arguments: Sequence[Any]
    keys: Keys


def _judge(change: ChangeSet, runs: Sequence[Run], database: Database) -> _Judge:
    if database is Database.SQLITE:
        compiled = read_versions().compile_for(database)
        arguments = compiled.arguments(read_parameters(change))
        return _Judge(compiled.text, arguments, Keys(arguments[-1]))
    at_once = Combiner().combine(change, runs)
    if at_once is None:
        raise RuntimeError("the rehearsal did not write at once")
    keys = Keys(
        lock_of(change).parameters["keys1"],
        list(change.expects),
        list(change.expects.values()),
        _TOTAL,
    )
    told = list(at_once.arguments)
    # The number of keys stands behind their versions; as a number it could be taken for others.
    told[told.index(keys.versions) + 1] = _TOTAL
    return _Judge(at_once.text, told, keys)


def _find_steady_keys(heard: Heard, caller: PrincipalId) -> tuple[str, ...]:
    if heard.change is None:
        raise RuntimeError("the rehearsal wrote nothing")
    keys = (str(row["key"]) for row in zero_rows(heard.change))
    return tuple(key.replace(caller, CALLER) for key in keys)


def _find_places() -> Places:
    """Asks the statement about a slot where it puts things, with numbers for values."""
    stack = slot_stack(ScopeKind.DIRECTORY, needs_administrators=False)
    numbers = tuple(range(1, _WIDEST))
    version = stack.split([("version", *numbers)])["version"][0]
    slot = stack.split([("slot", *numbers)])["slot"][0]
    grant = dict(zip(GRANT_COLUMNS, slot, strict=True))
    return Places(
        version[0], version[1], grant["id"], grant["kind"], grant["end_at"], grant["ended_at"]
    )
