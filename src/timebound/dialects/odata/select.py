"""`$select` and `$expand` checked against an entity type and applied to what goes on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from timebound.application.queries import Query
from timebound.dialects.odata.binding import bind_filter, bind_orders
from timebound.dialects.odata.expansion import EVERYTHING, EXPAND, SELECT, Expand
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import EntityType, Navigation


@dataclass(frozen=True, slots=True)
class Projection:
    """What to show of an entity: names as published in the order asked (None: all), and beyond."""

    names: tuple[str, ...] | None = None
    expansions: "tuple[Expansion, ...]" = ()

    @property
    def is_whole(self) -> bool:
        """Whether an entity is shown as it is."""
        return self.names is None and not self.expansions


@dataclass(frozen=True, slots=True)
class Expansion:
    """A navigation to follow, what to show of its target, and which targets (None: all)."""

    navigation: Navigation
    projection: Projection
    narrowed: Query | None = None


WHOLE: Final = Projection()
MOST_EXPANDED: Final = 1_000
"""As many targets of one navigation are shown as any has."""

_ITSELF: Final = ""  # what stands before the `@` of an annotation of the entity itself


def bind_projection(
    entity: EntityType, select: tuple[str, ...] | None, expand: tuple[Expand, ...]
) -> Projection:
    """The projection of an entity; refused when a property is unknown or expanded twice."""
    expansions: dict[str, Expansion] = {}
    for item in expand:
        for expansion in _bind_expand(entity, item):
            name = expansion.navigation.name
            if name in expansions:
                raise ODataProblem(Flaw.REPEATED, EXPAND, f"$expand names '{name}' more than once.")
            expansions[name] = expansion
    return Projection(_bind_select(entity, select), tuple(expansions.values()))


def project(item: Mapping[str, object], projection: Projection) -> dict[str, object]:
    """The entity as asked for: selected and expanded properties, and their annotations."""
    names = projection.names
    if names is None:
        shown = dict(item)
    else:
        kept = {_ITSELF, *names, *(one.navigation.name for one in projection.expansions)}
        shown = {name: value for name, value in item.items() if _owner(name) in kept}
        shown |= _project_parts(item, names)
    for expansion in projection.expansions:
        name = expansion.navigation.name
        if name in shown:
            shown[name] = _project_target(shown[name], expansion.projection)
    return shown


def _project_parts(item: Mapping[str, object], names: tuple[str, ...]) -> dict[str, object]:
    """Of properties that are selected in part, those parts, unless they are selected as a whole."""
    shown: dict[str, object] = {}
    for name in names:
        owner, slash, part = name.partition("/")
        held = item.get(owner)
        if not slash or owner in names:
            continue
        if isinstance(held, Mapping):
            before = shown.get(owner)
            parts = _project_parts(held, (part,)) if "/" in part else {part: held.get(part)}
            shown[owner] = {**before, **parts} if isinstance(before, dict) else parts
        else:
            shown[owner] = held
    return shown


def _owner(name: str) -> str:
    """The property a name or its annotation belongs to."""
    return name.partition("@")[0] if "@" in name else name


def _project_target(target: object, projection: Projection) -> object:
    if isinstance(target, Mapping):
        return project(target, projection)
    if isinstance(target, list | tuple):
        return [project(one, projection) for one in target]
    return target


def _bind_select(entity: EntityType, select: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if select is None or EVERYTHING in select:
        return None
    return tuple(dict.fromkeys(_find_selected(entity, name) for name in select))


def _find_selected(entity: EntityType, name: str) -> str:
    navigation = entity.navigations.get(name.lower())
    if navigation is not None:
        return navigation.name
    return entity.find_property(name, SELECT).name


def _bind_expand(entity: EntityType, item: Expand) -> list[Expansion]:
    if item.name == EVERYTHING:
        found = list(entity.navigations.values())
    else:
        found = [entity.find_navigation(item.name, EXPAND)]
    if item.select is None and not item.expand and not item.is_narrowed:
        return [Expansion(one, WHOLE) for one in found]
    return [
        Expansion(
            one,
            bind_projection(one.target(), item.select, item.expand),
            _bind_narrowed(one.target(), item) if item.is_narrowed else None,
        )
        for one in found
    ]


def _bind_narrowed(entity: EntityType, item: Expand) -> Query:
    if item.top == 0:
        raise ODataProblem(Flaw.WRONG_TYPE, EXPAND, "$top inside $expand must be 1 or more.")
    return Query(
        MOST_EXPANDED if item.top is None else item.top,
        bind_filter(entity, item.filter),
        bind_orders(entity, item.orders),
        is_counted=item.is_counted,
    )
