"""Places of Azure that are asked about by their paths, and what lies above them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Select, select

from timebound.domain.azure.ancestry import Ancestry
from timebound.domain.azure.places import ROOT, container_of
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.fragments import constant
from timebound.storage.paths import keyed_paths, parent_of
from timebound.storage.rows import Row


def name_nodes() -> Select[Any]:
    """The paths of the places that are asked about by their keys; null where there is none.

    Each is looked up by itself: joined, SQLite would rather go through the whole tree.
    """
    return keyed_paths("places")


def walk_up(nodes: Select[Any]) -> CTE:
    """The paths of the places and of all above them, each by the key that led there.

    What lies above is looked up one by one as well: joined, PostgreSQL would read the whole tree
    at every step. Above the root there is null.
    """
    named = nodes.subquery("nodes")
    tree = select(named.c.key, named.c.path).cte("places", recursive=True)
    steps = select(tree.c.key, parent_of(tree.c.path).label("path")).where(tree.c.path.is_not(None))
    return tree.union(select(constant("/"), constant("/")), steps)


def list_places(tree: CTE) -> Select[Any]:
    """The places of a walk by their keys, each with what it lies right in: the order of them."""
    return select(tree.c.key, tree.c.path, parent_of(tree.c.path).label("parent"))


def list_keys(asked: Iterable[Scope]) -> list[str]:
    """The keys of places and of all that their paths say they lie in: the parameter `places`."""
    keys = (one.key for scope in asked for one in _outwards(scope))
    return list(dict.fromkeys(keys))


@dataclass(frozen=True, slots=True)
class Places:
    """What was found: places by their keys, and what each path lies right in."""

    nodes: Mapping[str, Scope]
    parents: Mapping[str, str | None]

    def spell(self, scope: Scope) -> Scope:
        """The place as the tree spells it; as it was written where it is not there."""
        return self.nodes.get(scope.key, scope)

    def find_innermost(self, scope: Scope) -> Scope | None:
        """The place, or else the innermost that is there of those that its path lies in."""
        known = (self.nodes.get(one.key) for one in _outwards(scope))
        return next((one for one in known if one is not None), None)

    def ancestry(self, scope: Scope) -> Ancestry:
        """That place with all that it lies in; the tenant's own alone where none is known."""
        return read_ancestry(self.find_innermost(scope) or ROOT, self.parents)


def read_places(nodes: Sequence[Row], above: Sequence[Row]) -> Places:
    """What the rows of both questions tell."""
    found = {row[1]: Scope(ScopeKind.AZURE, row[0]) for row in nodes if row[0]}
    return Places({**found, ROOT.path: ROOT}, {row[1]: row[2] for row in above if row[1]})


def read_ancestry(place: Scope, parents: Mapping[str, str | None]) -> Ancestry:
    """A place with all that it lies in, by what each lies right in."""
    paths: dict[str, None] = {}
    path: str | None = place.path
    while path is not None and path not in paths and path != ROOT.path:
        paths[path] = None
        path = parents.get(path)
    return Ancestry((*paths, ROOT.path))


def _outwards(scope: Scope) -> Iterator[Scope]:
    """The place, and those that its path says it lies in."""
    place: Scope | None = scope
    while place is not None:
        yield place
        place = container_of(place)
