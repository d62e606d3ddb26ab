"""Places of Azure around one: those above it, those below it, or both."""

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal_column,
    not_,
    select,
    true,
    union,
)

from timebound.application.views import Area, Reach
from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.azure_indexes import AREA, AREA_LENGTH
from timebound.storage.columns import TextType
from timebound.storage.compiling import is_among, is_any_of
from timebound.storage.fragments import AZURE, TENANT
from timebound.storage.paging import Listed, Part
from timebound.storage.standing import SCOPE, ancestors
from timebound.storage.tables import scopes

_OUTSIDE: Final = (PlaceKind.TENANT, PlaceKind.MANAGEMENT_GROUP)


class Level(Enum):
    """Where a place is, seen from subscriptions: what lies in one is found by its path."""

    OUTSIDE = auto()
    SUBSCRIPTION = auto()
    INSIDE = auto()


@dataclass(frozen=True, slots=True)
class Around:
    """The form of an area, whichever its place is."""

    reach: Reach
    level: Level


def below(but: str | None = None) -> CTE:
    """The paths from the place in the parameter `scope` down to all that is in it, itself first.

    The places in the parameter that `but` names are left out, and with them all that is in them.
    """
    inside = scopes.alias("inside")
    path = select(SCOPE.label("path")).cte("descendants", recursive=True)
    return path.union_all(
        select(inside.c.path)
        .join_from(path, inside, inside.c.parent == path.c.path)
        .where(
            inside.c.tenant_id == TENANT,
            inside.c.kind == AZURE,
            true() if but is None else not_(is_any_of(inside.c.path, but)),
        )
    )


def around_of(area: Area | None) -> Around | None:
    """What narrows a list; nothing where all places count."""
    if area is None or area.is_everything:
        return None
    kind = kind_of(Scope(ScopeKind.AZURE, area.path))
    if kind in _OUTSIDE:
        return Around(area.reach, Level.OUTSIDE)
    is_subscription = kind is PlaceKind.SUBSCRIPTION
    return Around(area.reach, Level.SUBSCRIPTION if is_subscription else Level.INSIDE)


def lies_in(scope: ColumnElement[str], reach: Reach) -> ColumnElement[bool]:
    """Whether a path is among those that count, seen from the parameter `scope`."""
    return scope.in_(_paths(reach))


def lies_above(scope: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a path is of a place above that in the parameter `scope`."""
    return and_(scope != SCOPE, scope.in_(select(ancestors("places_above").c.path)))


def narrow_to(
    listed: Listed, scope: ColumnElement[str], around: Around, *, may_be_gone: bool
) -> Listed:
    """The list of what is at places around that in the parameter `scope`.

    With `may_be_gone` the places of entries may be there no more, and such do not count.
    """
    parts = _parts_around(scope, around, may_be_gone=may_be_gone)
    if parts:
        return replace(listed, parts=parts)
    return replace(listed, rows=listed.rows.where(lies_in(scope, around.reach)))


def _parts_around(
    scope: ColumnElement[str], around: Around, *, may_be_gone: bool
) -> tuple[Part, ...]:
    """The parts of a list: the subscription, the place in it, and the few above.

    None around a management group, where the whole list is walked: most of it may count.
    """
    if around.level is Level.OUTSIDE and around.reach is not Reach.ABOVE:
        return ()
    parts = [_part_here(scope, around, may_be_gone=may_be_gone)]
    if around.reach is Reach.BELOW:
        return tuple(parts)
    above = ancestors()
    further = select(above.c.path).where(above.c.path != SCOPE)
    if around.level is Level.INSIDE:
        subscription = func.substr(SCOPE, 1, AREA_LENGTH, type_=TextType)
        parts.append(Part(scope == subscription))
        further = further.where(above.c.path != subscription)
    return (*parts, Part(is_among(scope, further), is_led=False))


def _part_here(scope: ColumnElement[str], around: Around, *, may_be_gone: bool) -> Part:
    if around.reach is Reach.ABOVE:
        return Part(scope == SCOPE)
    if around.level is Level.INSIDE:
        return Part(is_among(scope, select(below().c.path)), is_led=False)
    area: ColumnElement[str] = literal_column(AREA, TextType)
    return Part(and_(area == SCOPE, _is_there(scope) if may_be_gone else true()))


def _is_there(scope: ColumnElement[str]) -> ColumnElement[bool]:
    node = scopes.alias("node_there")
    return exists(
        select(node.c.path).where(
            node.c.tenant_id == TENANT, node.c.kind == AZURE, node.c.path == scope
        )
    )


def _paths(reach: Reach) -> Select[Any]:
    match reach:
        case Reach.ABOVE:
            return select(ancestors().c.path)
        case Reach.BELOW:
            return select(below().c.path)
        case Reach.AROUND:
            both = union(select(ancestors().c.path), select(below().c.path)).subquery("around")
            return select(both.c.path)
