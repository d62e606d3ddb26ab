"""Delta queries: what changed among users, groups and role assignments since the round before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from timebound.application.queries import ALWAYS, Order, Page, Position, Query
from timebound.application.tracking import Tracker
from timebound.application.tracking_ports import MemberChange, Span
from timebound.application.views import GrantRow
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.grants import name_instance
from timebound.dialects.graph.convert.objects import SHAPES
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.rounds import (
    Told,
    answer_round,
    begin_round,
    check_options,
    read_ids,
)
from timebound.dialects.graph.sets import GROUPS, ROLE_ASSIGNMENTS, USERS, EntitySet
from timebound.dialects.odata.binding import bind_condition
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.options import QueryOptions, parse_options
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.select import Projection, bind_projection
from timebound.dialects.odata.tracking import DeltaState
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject

_MEMBERS: Final = "members"
_PAGE: Final = 100
_BY_ID: Final = (Order("id"),)
_BY_CHANGE: Final = (Order("changed_at"), Order("id"))
_BY_PURGE: Final = (Order("recorded_at"), Order("event_id"))
_CHANGED: Final = {"reason": "changed"}
_GONE: Final = {"reason": "deleted"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a round asks: which objects, what to show of them, and whether of their members too."""

    query: Query
    projection: Projection
    has_members: bool


def list_changed_objects(entities: EntitySet[DirectoryObject]) -> Handler:
    """The handler of delta on users or groups.

    The lists of a round: what was written, groups whose members alone changed, what was purged.
    """

    async def handle(call: Call) -> Answer:
        state = begin_round(call, entities.path)
        asked = _read_asked(entities, call.version, state.query)
        context = format_context(call.root, entities.path, asked.projection)
        round_ = _Round(call, entities, state, asked)
        tell = [round_.tell_written]
        if state.since is not None:
            also = [round_.tell_regrouped] if asked.has_members else []
            tell = [*tell, *also, round_.tell_purged]
        return await answer_round(call, entities.path, context, state, tell)

    return handle


async def list_changed_assignments(call: Call) -> Answer:
    """The role assignments that came since the round before, then those that went."""
    path = ROLE_ASSIGNMENTS.path
    state = begin_round(call, path)
    asked = _read_asked(ROLE_ASSIGNMENTS, call.version, state.query)
    context = format_context(call.root, path, asked.projection)
    round_ = _Round(call, ROLE_ASSIGNMENTS, state, asked)
    tell = [round_.tell_begun]
    if state.since is not None:
        tell = [*tell, round_.tell_ended]
    return await answer_round(call, path, context, state, tell)


@dataclass(frozen=True, slots=True)
class _Round:
    """A round of a set, with the lists that it can be told in."""

    call: Call
    entities: EntitySet[Any]
    state: DeltaState
    asked: _Asked

    @property
    def tracker(self) -> Tracker:
        """The questions of the round."""
        state = self.state
        return Tracker(self.call.read_at(state.at), Span(state.since, state.at))

    async def tell_written(self, position: Position | None) -> Told:
        """What was written, or at first all that is there."""
        orders = _BY_ID if self.state.since is None else _BY_CHANGE
        query = replace(self.asked.query, orders=orders, after=position)
        return await self._tell(await self.tracker.read_objects(self.entities.view, query))

    async def tell_regrouped(self, position: Position | None) -> Told:
        """Groups of which nothing was written, but into which somebody came, or out of it."""
        query = replace(self.asked.query, after=position)
        return await self._tell(await self.tracker.read_regrouped(query))

    async def tell_purged(self, position: Position | None) -> Told:
        """What is gone for good."""
        query = replace(self.asked.query, orders=_BY_PURGE, after=position)
        page = await _take(self.call, await self.tracker.read_purged(self.entities.view, query))
        return Told([_show_removed(id_, _GONE) for id_ in page.rows], page.next_position)

    async def tell_begun(self, position: Position | None) -> Told:
        """Assignments that began, or at first all that stand."""
        page = await self._read_assignments(position, are_ended=False)
        words = Wording(self.call.version, self.call.at)
        projection = self.asked.projection
        shown = await show_rows(self.call, self.entities.kind, page.rows, words, projection)
        return Told(shown, page.next_position)

    async def tell_ended(self, position: Position | None) -> Told:
        """Assignments that stand no more."""
        page = await self._read_assignments(position, are_ended=True)
        gone = [_show_removed(name_instance(row.grant), _GONE) for row in page.rows]
        return Told(gone, page.next_position)

    async def _read_assignments(
        self, position: Position | None, *, are_ended: bool
    ) -> Page[GrantRow]:
        query = replace(self.asked.query, after=position)
        found = await self.tracker.read_assignments(query, are_ended=are_ended)
        return await _take(self.call, found)

    async def _tell(self, found: Page[DirectoryObject] | Refused) -> Told:
        page = await _take(self.call, found)
        members: Sequence[MemberChange] = ()
        if self.asked.has_members:
            members = await self.tracker.find_members(page.rows)
        shown = await _show(self.call, self.entities, page.rows, self.asked, members)
        return Told(shown, page.next_position)


async def _show(
    call: Call,
    entities: EntitySet[DirectoryObject],
    rows: Sequence[DirectoryObject],
    asked: _Asked,
    members: Sequence[MemberChange],
) -> list[dict[str, object]]:
    """What is there as it is; what is deleted, and can be restored, by its id alone."""
    there = [row for row in rows if row.deleted_at is None]
    words = Wording(call.version, call.at)
    shown = await show_rows(call, entities.kind, there, words, asked.projection)
    changes: dict[str, list[dict[str, object]]] = {}
    for change in members:
        changes.setdefault(change.group_id, []).append(_show_member(change))
    by_id: dict[str, dict[str, object]] = {}
    for row, item in zip(there, shown, strict=True):
        told = changes.get(row.id)
        by_id[row.id] = {**item, "members@delta": told} if told else item
    return [by_id.get(row.id) or _show_removed(row.id, _CHANGED) for row in rows]


def _show_removed(id_: str, reason: Mapping[str, str]) -> dict[str, object]:
    return {"id": id_, "@removed": reason}


def _show_member(change: MemberChange) -> dict[str, object]:
    shape = SHAPES.get(change.kind) if change.kind else None
    type_name = shape.type_name if shape else "directoryObject"
    told: dict[str, object] = {
        "@odata.type": f"#microsoft.graph.{type_name}",
        "id": change.member_id,
    }
    return {**told, "@removed": _GONE} if change.is_removed else told


async def _take(call: Call, page: Page[Any] | Refused) -> Page[Any]:
    if isinstance(page, Refused):
        raise await call.refuse(page)
    return page


def _read_asked(entities: EntitySet[Any], version: Version, raw: bytes) -> _Asked:
    """What the query of a round means; refused where it asks what no delta query takes."""
    options = parse_options(raw)
    check_options(options)
    entity = find_entity(entities.kind.type_name, is_beta=version is Version.BETA)
    condition = read_ids(options.filter)
    bound = condition if condition is ALWAYS else bind_condition(entity, condition)
    names, has_members = _split_members(entities, options)
    projection = bind_projection(entity, names, ())
    if projection.names is not None and "id" not in projection.names:
        # quirk(graph): a delta query tells the id, whatever is selected - user: delta
        projection = replace(projection, names=("id", *projection.names))
    return _Asked(Query(_PAGE, bound, _BY_ID), projection, has_members)


def _split_members(
    entities: EntitySet[Any], options: QueryOptions
) -> tuple[tuple[str, ...] | None, bool]:
    """The properties that are selected, and whether members are told: by default they are."""
    is_of_groups = entities is GROUPS
    expanded = {one.name.lower() for one in options.expand}
    if expanded - ({_MEMBERS} if is_of_groups else set()):
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$expand", "$expand of a delta query takes the members of groups."
        )
    if options.select is None:
        return None, is_of_groups
    names = tuple(name for name in options.select if name.lower() != _MEMBERS)
    is_selected = is_of_groups and len(names) < len(options.select)
    if not is_of_groups:
        names = options.select
    return names or ("id",), is_selected or bool(expanded)


DELTAS: Final[Mapping[str, Handler]] = {
    USERS.path: list_changed_objects(USERS),
    GROUPS.path: list_changed_objects(GROUPS),
    ROLE_ASSIGNMENTS.path: list_changed_assignments,
}
"""The handlers of delta by the path of what it is asked of."""
