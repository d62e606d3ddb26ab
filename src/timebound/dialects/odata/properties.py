"""What a published entity type lets a client select, filter, sort and expand, declared as data."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from timebound.application.queries import Compare, Condition, Operator, TextOperator, Value
from timebound.dialects.odata.problems import Flaw, ODataProblem


class PropertyType(Enum):
    """What a property holds, as far as a filter cares."""

    TEXT = "text"
    FOLDED_TEXT = "foldedText"
    """Text compared in any case: the domain field holds it case-folded, and so is the value."""
    GUID = "guid"
    INSTANT = "instant"
    DURATION = "duration"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    """One of `choices`, named in any case."""
    COMPLEX = "complex"


AnyOperator: TypeAlias = Operator | TextOperator
EQUALITY: Final[frozenset[AnyOperator]] = frozenset({Operator.EQ, Operator.NE})
ORDERING: Final[frozenset[AnyOperator]] = frozenset(Operator)
SEARCHING: Final[frozenset[AnyOperator]] = EQUALITY | frozenset(TextOperator)
NOTHING: Final[frozenset[AnyOperator]] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """A wire property; `name` is spelled as published, with slashes where it is nested.

    `field` is the domain's name for it (by default the wire's); `in` goes with EQ. `rewrite`
    answers the condition for a comparison that one domain field does not tell; its value is
    already checked, and None where the client wrote null. A collection is asked with any():
    of plain values by `type` and `operators`, of entities by `elements`. `advanced` are those of
    the operators that only an advanced query may use; one is needed as well to sort by a property
    with `has_advanced_order`. `words` is the domain's collection of the words in it, by which a
    search finds it; a property without is searched from its beginning.
    """

    name: str
    type: PropertyType = PropertyType.TEXT
    operators: frozenset[AnyOperator] = NOTHING
    field: str = ""
    is_sortable: bool = False
    choices: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    has_open_choices: bool = False
    rewrite: Callable[[Compare], Condition] | None = None
    is_collection: bool = False
    elements: "EntityType | None" = None
    advanced: frozenset[AnyOperator] = NOTHING
    has_advanced_order: bool = False
    words: str = ""

    @property
    def domain_field(self) -> str:
        """What the domain calls it."""
        return self.field or self.name


@dataclass(frozen=True, slots=True, eq=False)
class Navigation:
    """A way from an entity to others; `target` is called late, since types point at each other."""

    name: str
    target: "Callable[[], EntityType]"


@dataclass(frozen=True, slots=True, eq=False)
class EntityType:
    """A published type by its short name, with its properties found by lower-case path."""

    name: str
    properties: Mapping[str, Property]
    navigations: Mapping[str, Navigation]

    def find_property(self, path: str, option: str) -> Property:
        """The property at a path in any case, type casts left out; refused when there is none."""
        found = self.properties.get(path.lower()) or self.properties.get(_drop_casts(path))
        if found is None:
            raise self.miss_property(path, option)
        return found

    def find_navigation(self, name: str, option: str) -> Navigation:
        """The navigation of that name in any case; refused when there is none."""
        found = self.navigations.get(name.lower())
        if found is None:
            raise self.miss_property(name, option)
        return found

    def miss_property(self, path: str, option: str) -> ODataProblem:
        """The refusal of a name that the type does not have."""
        return ODataProblem(
            Flaw.UNKNOWN_PROPERTY,
            path or option,
            f"Could not find a property named '{path[:80]}' on type "
            f"'microsoft.graph.{self.name}', asked for in {option}.",
        )


def declare_entity(
    name: str, properties: tuple[Property, ...], navigations: tuple[Navigation, ...] = ()
) -> EntityType:
    """An entity type made of its parts; a nested property brings its owner along."""
    paths = (one.name.split("/") for one in properties)
    owners = {
        owner.lower(): Property(owner, PropertyType.COMPLEX)
        for path in paths
        for owner in ("/".join(path[:depth]) for depth in range(1, len(path)))
    }
    return EntityType(
        name,
        MappingProxyType(owners | {one.name.lower(): one for one in properties}),
        MappingProxyType({one.name.lower(): one for one in navigations}),
    )


def parse_choice(text: str, choices: Mapping[str, Value], target: str) -> Value:
    """The domain's value for an enumerated name in any case; refused with the names there are."""
    folded = text.lower()
    for name, value in choices.items():
        if name.lower() == folded:
            return value
    raise ODataProblem(
        Flaw.WRONG_TYPE,
        target,
        f"The value '{text[:40]}' of '{target}' is none of {', '.join(choices)}.",
    )


def _drop_casts(path: str) -> str:
    return "/".join(segment for segment in path.lower().split("/") if "." not in segment)
