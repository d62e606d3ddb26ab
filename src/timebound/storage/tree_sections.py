"""Places of Azure that are asked about by their paths, and what lies above them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import CTE, Select, select

from timebound.domain.azure.places import ROOT, container_of
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.compiling import each_of
from timebound.storage.fragments import AZURE, TENANT, constant
from timebound.storage.rows import Row
from timebound.storage.tables import scopes

_HERE: Final = frozenset({ROOT.path})


def name_nodes() -> Select[Any]:
    """The paths of the places that are asked about by their keys; null where there is none.

    Each is looked up by itself: joined, SQLite would rather go through the whole tree.
    """
    keyed, asked = scopes.alias("keyed"), each_of("places")
    path = (
        select(keyed.c.path)
        .where(
            keyed.c.tenant_id == TENANT,
            keyed.c.kind == AZURE,
            keyed.c.path_key == asked.c.value,
        )
        .scalar_subquery()
    )
    return select(path.label("path"), asked.c.value.label("key"))


def walk_up(nodes: Select[Any]) -> CTE:
    """The paths of the places and of all above them, each by the key that led there.

    What lies above is looked up one by one as well: joined, PostgreSQL would read the whole tree
    at every step. Above the root there is null.
    """
    named, above = nodes.subquery("nodes"), scopes.alias("above")
    tree = select(named.c.key, named.c.path).cte("places", recursive=True)
    parent = (
        select(above.c.parent)
        .where(
            above.c.tenant_id == TENANT,
            above.c.kind == AZURE,
            above.c.path == tree.c.path,
        )
        .scalar_subquery()
    )
    steps = select(tree.c.key, parent.label("path")).where(tree.c.path.is_not(None))
    return tree.union(select(constant("/"), constant("/")), steps)


def list_keys(asked: Iterable[Scope]) -> list[str]:
    """The keys of places and of all that their paths say they lie in: the parameter `places`."""
    keys = (one.path.lower() for scope in asked for one in _outwards(scope))
    return list(dict.fromkeys(keys))


@dataclass(frozen=True, slots=True)
class Places:
    """What was found: places by their keys, and the paths up to the root from each."""

    nodes: Mapping[str, Scope]
    above: Mapping[str, frozenset[str]]

    def spell(self, scope: Scope) -> Scope:
        """The place as the tree spells it; as it was written where it is not there."""
        return self.nodes.get(scope.path.lower(), scope)

    def find_innermost(self, scope: Scope) -> Scope | None:
        """The place, or else the innermost that is there of those that its path lies in."""
        known = (self.nodes.get(one.path.lower()) for one in _outwards(scope))
        return next((one for one in known if one is not None), None)

    def around(self, scope: Scope) -> frozenset[str]:
        """The paths of that place and of all above it."""
        known = self.find_innermost(scope)
        return _HERE if known is None else self.above.get(known.path.lower(), _HERE)


def read_places(nodes: Sequence[Row], above: Sequence[Row]) -> Places:
    """What the rows of both questions tell."""
    found = {row[1]: Scope(ScopeKind.AZURE, row[0]) for row in nodes if row[0]}
    paths: dict[str, set[str]] = {}
    for row in above:
        if row[1]:
            paths.setdefault(row[0], {ROOT.path}).add(row[1])
    ways = {key: frozenset(some) for key, some in paths.items()}
    return Places({**found, ROOT.path: ROOT}, ways)


def _outwards(scope: Scope) -> Iterator[Scope]:
    """The place, and those that its path says it lies in."""
    place: Scope | None = scope
    while place is not None:
        yield place
        place = container_of(place)
