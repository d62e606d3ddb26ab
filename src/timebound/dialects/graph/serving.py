"""Which part of the published schema is served: found from the operations and the declared types.

Nothing is listed here by hand. A new operation or property shows up by itself, as long as the
published schema in `schema_data` has it; what it lacks is not claimed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.entities import find_entity, is_declared
from timebound.dialects.graph.operations import OPERATIONS
from timebound.dialects.graph.schema import (
    BoundFact,
    Schema,
    TypeKind,
    TypeRef,
    load_schema,
    read_type,
)

_KEY = "{id}"
_NAMESPACE = "microsoft.graph."


@dataclass(slots=True)
class Served:
    """What is served of a schema: roots, types, and of each type the members that are its own."""

    version: Version
    schema: Schema
    roots: dict[str, TypeRef] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    properties: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    navigations: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    bound: list[BoundFact] = field(default_factory=list)

    def follow(self, steps: Iterable[str]) -> None:
        """Notes everything that the path of an operation passes, as far as it is published."""
        first, *rest = steps
        if first not in self.schema.container:
            return
        at = self.roots[first] = read_type(self.schema.container[first])
        self.reach(at.name)
        for step in rest:
            following = self._step(at, step)
            if following is None:
                return
            at = following

    def _step(self, at: TypeRef, step: str) -> TypeRef | None:
        """Where a step leads; nowhere after what only values or nothing come back from."""
        if step == _KEY:
            return TypeRef(at.name, is_many=False, is_nullable=False)
        if step.startswith(_NAMESPACE) and step.removeprefix(_NAMESPACE) in self.schema.types:
            at = TypeRef(step.removeprefix(_NAMESPACE), at.is_many, at.is_nullable)
            self.reach(at.name)
            return at
        navigation = self.schema.find_navigation(at.name, step)
        if navigation is not None:
            owner, to = navigation
            self.navigations[owner].add(step)
            self.reach(to.name)
            return to
        bound = self.schema.find_bound(at, step.removeprefix(_NAMESPACE))
        return None if bound is None else self._call(bound)

    def _call(self, bound: BoundFact) -> TypeRef | None:
        if bound not in self.bound:
            self.bound.append(bound)
        for text in bound.parameters.values():
            self.reach(read_type(text).name)
        if bound.returns is None:
            return None
        returned = read_type(bound.returns)
        self.reach(returned.name)
        return returned

    def reach(self, name: str) -> None:
        """Includes a type that something leads to, with the kinds of it that may stand there."""
        fact = self.schema.types.get(name)
        self.include(name)
        if fact is None:
            return
        for derived in self.schema.find_derived(name):
            if fact.kind is TypeKind.COMPLEX or is_declared(derived):
                self.include(derived)

    def include(self, name: str) -> None:
        """Includes a type with what it derives from and what its members lead to."""
        if name in self.types or not (name in self.schema.types or name in self.schema.enums):
            return
        self.types.add(name)
        fact = self.schema.types.get(name)
        if fact is None:
            return
        if fact.base is not None:
            self.include(fact.base)
        if fact.kind is TypeKind.COMPLEX:
            for member in fact.properties:
                self._add_property(name, member)
        elif is_declared(name):
            self._declare(name)

    def _declare(self, name: str) -> None:
        entity = find_entity(name, is_beta=self.version is Version.BETA)
        for one in entity.properties.values():
            self._add_property(name, one.name.partition("/")[0])
        for way in entity.navigations.values():
            found = self.schema.find_navigation(name, way.name)
            if found is not None:
                owner, to = found
                self.navigations[owner].add(way.name)
                self.reach(to.name)

    def _add_property(self, name: str, member: str) -> None:
        found = self.schema.find_property(name, member)
        if found is not None:
            owner, held = found
            self.properties[owner].add(member)
            self.reach(held.name)


def trace_served(version: Version) -> Served:
    """What is served in a version."""
    served = Served(version, load_schema(version))
    for operation in OPERATIONS:
        if version in operation.versions:
            served.follow(operation.path.split("/"))
    return served
