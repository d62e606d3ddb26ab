"""Deny assignments: making, changing and taking them away, and telling what is denied where."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeAlias

from timebound.application.access_ports import AccessQuestion
from timebound.application.azure_ports import LoadedRights
from timebound.application.azure_writes import PurgeDenial, PutDenial
from timebound.application.changes import AZURE, FactKey, Write
from timebound.application.denial_ports import DenialPage
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.ports import DecisionStore
from timebound.application.reading import Reader
from timebound.application.recording import tell_refusal
from timebound.application.views import Area, Reach
from timebound.domain.authority import Token, authorize
from timebound.domain.azure.denials import EVERYBODY, Denial
from timebound.domain.decide import Refused
from timebound.domain.denial_changes import DenialFacts, decide_denial, decide_removal
from timebound.domain.effective_access import list_reached
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.operations import Operation
from timebound.domain.principals import PrincipalKind
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant

_CHUNK: Final = 500
"""How many deny assignments are looked at in one go."""
_Decide: TypeAlias = Callable[[DenialFacts], Denial | Refused]


class Naming(Enum):
    """In which of its lists a deny assignment names somebody."""

    DENIED = "denied"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class DenialFilter:
    """Which deny assignments are wanted; of all those around the place where nothing is said.

    `principal_id` is named in a list; `assigned_to` is somebody whom it denies something, through
    groups as well. With `name` only those of the place itself are.
    """

    is_above: bool = False
    name: str | None = None
    principal_id: str | None = None
    naming: Naming = Naming.DENIED
    assigned_to: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """How many rows of a list are wanted at the most, and after which path and id it begins."""

    limit: int
    after: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Put:
    """A deny assignment as it is from now on, and whether there was none before."""

    denial: Denial
    is_new: bool


async def put_denial(
    engine: Engine, token: Token, here: Scope, asked: Denial, at: Instant
) -> Put | Refused:
    """Makes a deny assignment at a place, or changes the one that has its id there."""
    news: list[bool] = []

    def decide(facts: DenialFacts) -> Denial | Refused:
        news.append(facts.found is None)
        return decide_denial(facts, asked, at)

    done = await _do(engine, token, _Deed(here, asked, decide), at)
    return done if isinstance(done, Refused) else Put(done, news[-1])


async def delete_denial(
    engine: Engine, token: Token, here: Scope, denial_id: str, at: Instant
) -> Denial | Refused:
    """Takes away a deny assignment of a place."""
    asked = Denial(denial_id, here, "", (), ())
    return await _do(engine, token, _Deed(here, asked, decide_removal, is_removal=True), at)


async def find_denial(reader: Reader, here: Scope, denial_id: str) -> Denial | Refused:
    """One deny assignment that counts at a place: of the place itself, or from above."""
    loaded = await _admit(reader, here)
    if isinstance(loaded, Refused):
        return loaded
    found = await reader.store.find_denial(reader.token.tenant_id, denial_id)
    if found is None or found.scope.path not in loaded.around:
        return Refused((Problem(Code.OBJECT_NOT_FOUND, value=denial_id),))
    return found


async def read_denials(
    reader: Reader, here: Scope, wanted: DenialFilter, part: Part
) -> tuple[Denial, ...] | Refused:
    """The deny assignments at a place, above it and below it, as far as they are wanted.

    They come in the order of the paths of their places and their ids.
    """
    loaded = await _admit(reader, here)
    if isinstance(loaded, Refused):
        return loaded
    place = loaded.rights.scope
    is_wanted = await _make_test(reader, place, wanted)
    if wanted.name is not None:
        there = await reader.store.list_denials_at(reader.token.tenant_id, place.path)
        named = [one for one in there if is_wanted(one) and _position_of(one) > part.after]
        return tuple(named[: part.limit])
    area = Area(place.path, Reach.ABOVE if wanted.is_above else Reach.AROUND)
    page = DenialPage(area, _CHUNK, part.after, wanted.principal_id)
    found: list[Denial] = []
    async for one in _walk(reader, page):
        if is_wanted(one):
            found.append(one)
        if len(found) == part.limit:
            break
    return tuple(found)


async def _walk(reader: Reader, page: DenialPage) -> AsyncIterator[Denial]:
    while True:
        rows = await reader.store.list_denials(reader.token.tenant_id, page)
        for one in rows:
            yield one
        if len(rows) < page.limit:
            return
        page = replace(page, after=_position_of(rows[-1]))


def _position_of(denial: Denial) -> tuple[str, str]:
    return denial.scope.path, denial.id


async def _admit(reader: Reader, here: Scope) -> LoadedRights | Refused:
    """Who may look; they may also be told that a place is not there."""
    loaded = await reader.store.load_rights(reader.token, here, reader.at)
    problems = authorize(Operation.READ_DENY_ASSIGNMENTS, loaded.caller, loaded.target)
    if not problems and not loaded.is_known:
        problems = (Problem(Code.SCOPE_NOT_FOUND, value=loaded.rights.scope.path),)
    return Refused(problems) if problems else loaded


async def _make_test(
    reader: Reader, place: Scope, wanted: DenialFilter
) -> Callable[[Denial], bool]:
    name = None if wanted.name is None else wanted.name.lower()
    denied = None
    if wanted.assigned_to is not None:
        question = AccessQuestion(
            reader.token.tenant_id, (place,), (PrincipalId(wanted.assigned_to),)
        )
        facts = (await reader.store.load_access(question, reader.at)).facts[place]
        denied = list_reached(facts, PrincipalId(wanted.assigned_to), reader.at)

    def is_wanted(denial: Denial) -> bool:
        if name is not None and (denial.name.lower() != name or denial.scope != place):
            return False
        if denied is not None and not denial.names(denied):
            return False
        return wanted.principal_id is None or _names(denial, wanted.principal_id, wanted.naming)

    return is_wanted


def _names(denial: Denial, principal_id: str, naming: Naming) -> bool:
    left_out = denial.left_out if naming is Naming.ANYWHERE else ()
    return any(one.id == principal_id for one in (*denial.principals, *left_out))


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to which deny assignment at which place, and the decision."""

    here: Scope
    asked: Denial
    decide: _Decide
    is_removal: bool = False

    def name(self, facts: DenialFacts) -> str:
        """What events call it."""
        if self.is_removal:
            return "deleted"
        return "created" if facts.found is None else "changed"


async def _do(engine: Engine, token: Token, deed: _Deed, at: Instant) -> Denial | Refused:
    correlation_id = engine.ids.new_id()

    async def attempt() -> tuple[Record[Denial], Mapping[FactKey, int]]:
        loaded = await engine.store.load_rights(token, deed.here, at)
        facts = await _gather(engine.store, token, loaded, deed)
        teller = Teller(engine, actor_of(facts.caller), correlation_id, at)
        return _record(facts, deed, teller), loaded.versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


async def _gather(
    store: DecisionStore, token: Token, loaded: LoadedRights, deed: _Deed
) -> DenialFacts:
    asked, place, tenant_id = deed.asked, loaded.rights.scope, token.tenant_id
    named = asked.name.lower()
    there = await store.list_denials_at(tenant_id, place.path) if named else ()
    return DenialFacts(
        caller=loaded.caller,
        here=place,
        target=loaded.target,
        is_known=loaded.is_known,
        found=await store.find_denial(tenant_id, asked.id),
        named=frozenset(one.id for one in there if one.name.lower() == named),
        kinds=await _find_kinds(store, token, asked),
    )


async def _find_kinds(
    store: DecisionStore, token: Token, asked: Denial
) -> Mapping[str, PrincipalKind]:
    ids = {one.id for one in (*asked.principals, *asked.left_out)} - {EVERYBODY}
    if not ids:
        return {}
    found = await store.find_objects(token.tenant_id, [PrincipalId(id_) for id_ in sorted(ids)])
    known = (one.as_principal() for one in found.values() if one.deleted_at is None)
    return {one.id: one.kind for one in known if one is not None}


def _record(facts: DenialFacts, deed: _Deed, teller: Teller) -> Record[Denial]:
    decision, said = deed.decide(facts), deed.name(facts)
    data: dict[str, Fact] = {"denial": said, "scope": facts.here.path}
    if isinstance(decision, Refused):
        if [one.code for one in decision.problems] == [Code.OBJECT_NOT_FOUND]:
            # To take away what is not there refuses nobody anything.
            return Record(decision)
        kind, id_ = EventKind.CHANGE_REFUSED, deed.asked.id
        return Record(decision, events=tell_refusal(teller, kind, id_, data, decision.problems))
    told = teller.tell(EventKind.DENIAL_CHANGED, decision.id, {**data, **_describe(decision)})
    write: Write = PurgeDenial(decision.id) if deed.is_removal else PutDenial(decision)
    return Record(decision, (write,), (told,), frozenset({AZURE}))


def _describe(denial: Denial) -> dict[str, Fact]:
    """What is denied to whom, as the events tell it."""
    blocks = denial.permissions
    return {
        "displayName": denial.name,
        "effect": denial.effect,
        "isForChildren": denial.is_for_children,
        "principalIds": tuple(one.id for one in denial.principals),
        "excludedIds": tuple(one.id for one in denial.left_out),
        "actions": tuple(action for one in blocks for action in one.actions),
        "notActions": tuple(action for one in blocks for action in one.not_actions),
        "dataActions": tuple(action for one in blocks for action in one.data_actions),
        "notDataActions": tuple(action for one in blocks for action in one.not_data_actions),
        "condition": denial.condition,
    }
