"""Places of Azure around one: those above it, those below it, or both."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, select, union

from timebound.application.views import Area, Reach
from timebound.storage.fragments import AZURE, TENANT
from timebound.storage.standing import SCOPE, ancestors
from timebound.storage.tables import scopes


def below() -> CTE:
    """The paths from the place in the parameter `scope` down to all that is in it, itself first."""
    inside = scopes.alias("inside")
    path = select(SCOPE.label("path")).cte("descendants", recursive=True)
    return path.union_all(
        select(inside.c.path)
        .join_from(path, inside, inside.c.parent == path.c.path)
        .where(inside.c.tenant_id == TENANT, inside.c.kind == AZURE)
    )


def reach_of(area: Area | None) -> Reach | None:
    """What narrows a list; nothing where all places count."""
    return None if area is None or area.is_everything else area.reach


def lies_in(scope: ColumnElement[str], reach: Reach) -> ColumnElement[bool]:
    """Whether a path is among those that count, seen from the parameter `scope`."""
    return scope.in_(_paths(reach))


def lies_above(scope: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a path is of a place above that in the parameter `scope`."""
    return and_(scope != SCOPE, scope.in_(select(ancestors("places_above").c.path)))


def _paths(reach: Reach) -> Select[Any]:
    match reach:
        case Reach.ABOVE:
            return select(ancestors().c.path)
        case Reach.BELOW:
            return select(below().c.path)
        case Reach.AROUND:
            both = union(select(ancestors().c.path), select(below().c.path)).subquery("around")
            return select(both.c.path)
