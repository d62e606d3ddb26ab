"""Where below a place somebody could activate something."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.azure_reading import AzureQuestion, admit_to_azure, read_azure_grants
from timebound.application.queries import Order, Query
from timebound.application.reading import Reader
from timebound.application.views import Reach, Relation, View
from timebound.domain.decide import Refused
from timebound.domain.grants import Slot
from timebound.domain.ids import RoleId
from timebound.domain.scopes import Scope, ScopeKind

_CHUNK: Final = 1_000
"""How many eligibilities are read in one go."""


@dataclass(frozen=True, slots=True)
class Activatable:
    """From which places on something can be activated: everywhere below the path without `tops`.

    The path is spelled as the tree does, and so are the tops, which are places below it.
    """

    path: str
    tops: Sequence[str] | None = None


async def find_activatable(reader: Reader, asked: Scope) -> Activatable | Refused:
    """Where around a place the caller, or a group of theirs, is eligible for what counts there.

    A custom role counts at and below the places where it can be assigned: elsewhere, as after a
    move, it is not activated. Refused where the caller may not ask.
    """
    above = await _read_eligible(reader, asked, Reach.ABOVE)
    if isinstance(above, Refused):
        return above
    tops = await _find_tops(reader, above, is_above=True)
    if above.path in tops:
        return Activatable(above.path)
    below = await _read_eligible(reader, asked, Reach.BELOW)
    if isinstance(below, Refused):
        return below
    tops |= await _find_tops(reader, below, is_above=False)
    return Activatable(above.path, sorted(tops))


@dataclass(frozen=True, slots=True)
class _Eligible:
    """What somebody is eligible for on one side of a place, whose path is spelled as it is."""

    path: str
    slots: frozenset[Slot]


async def _read_eligible(reader: Reader, asked: Scope, reach: Reach) -> _Eligible | Refused:
    query = Query(_CHUNK, orders=(Order("id"),))
    question = AzureQuestion(asked, reach, Relation.PRINCIPAL)
    admitted = await admit_to_azure(reader, View.ELIGIBILITY_INSTANCES, question, query)
    if isinstance(admitted, Refused):
        return admitted
    found: set[Slot] = set()
    while True:
        page = await read_azure_grants(reader, View.ELIGIBILITY_INSTANCES, admitted, query)
        found |= {row.grant.slot for row in page.rows}
        if page.next_position is None:
            break
        query = replace(query, after=page.next_position)
    area = admitted.audience.area
    return _Eligible(asked.path if area is None else area.path, frozenset(found))


async def _find_tops(reader: Reader, eligible: _Eligible, *, is_above: bool) -> set[str]:
    """The places from which on down each role counts; the path itself for those at or above it."""
    path, built_in = eligible.path, built_in_azure_roles()
    plain = {slot.scope.path for slot in eligible.slots if slot.role_id in built_in}
    custom = [slot for slot in eligible.slots if slot.role_id not in built_in]
    if plain and is_above:
        return {path}
    if not custom:
        return plain
    assignable = await _find_assignable(reader, {slot.role_id for slot in custom})
    written = {one for scopes in assignable.values() for one in scopes}
    above = await _find_above(reader, {path, *written, *(slot.scope.path for slot in custom)})
    starts = {start for slot in custom for start in _list_starts(slot, assignable, above)}
    here = {path} if starts & above[path] else set()
    return plain | here | {start for start in starts if path in above[start]}


def _list_starts(
    slot: Slot, assignable: Mapping[RoleId, Sequence[str]], above: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """Where it is held, if it can be assigned there; or else the places below where it can."""
    held_at = slot.scope.path
    scopes = assignable.get(slot.role_id, ())
    if any(one in above[held_at] for one in scopes):
        yield held_at
        return
    yield from (one for one in scopes if held_at in above[one])


async def _find_assignable(reader: Reader, ids: Iterable[RoleId]) -> Mapping[RoleId, Sequence[str]]:
    found = await reader.store.find_roles(reader.token.tenant_id, sorted(ids))
    return {id_: one.resource_scopes for id_, one in found.items()}


async def _find_above(reader: Reader, paths: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The paths at and above each of some."""
    scopes = {path: Scope(ScopeKind.AZURE, path) for path in sorted(paths)}
    found = await reader.store.load_rights_at(reader.token, tuple(scopes.values()), reader.at)
    return {path: one.around for path, one in zip(scopes, found, strict=True)}
