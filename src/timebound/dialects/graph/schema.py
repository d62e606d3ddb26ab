"""The published schema as far as it is known here: types, what leads from one to another, roots.

The files in `schema_data` are facts, one a line, edited by hand. A type is written as its name,
`[name]` is a collection of it, and a `?` behind either says that null may stand there. What is
served of all this is another question, which `serving` answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

import msgspec

from timebound.dialects.graph.convert.wording import Version


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type as a member, a parameter or a root has it."""

    name: str
    is_many: bool
    is_nullable: bool

    @property
    def is_primitive(self) -> bool:
        """Whether the type is one of OData's own."""
        return self.name.startswith("Edm.")


class TypeKind(Enum):
    """What a structured type is."""

    ENTITY = "entity"
    COMPLEX = "complex"


class TypeFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A structured type with the members that are its own; `contained` are navigations too."""

    kind: TypeKind
    base: str | None = None
    abstract: bool = False
    properties: dict[str, str] = {}
    navigation: dict[str, str] = {}
    contained: frozenset[str] = frozenset()


class EnumFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An enumeration."""

    members: dict[str, int]
    flags: bool = False


class BoundFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function or an action that is called on a type, or on a collection of it."""

    kind: str
    name: str
    on: str
    parameters: dict[str, str] = {}
    returns: str | None = None


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything known of one version."""

    container: dict[str, str]
    enums: dict[str, EnumFact]
    types: dict[str, TypeFact]
    operations: tuple[BoundFact, ...]

    def trace_lineage(self, name: str) -> Iterator[str]:
        """A type and those it derives from, the nearest first."""
        at: str | None = name
        while at is not None and at in self.types:
            yield at
            at = self.types[at].base

    def find_property(self, name: str, member: str) -> tuple[str, TypeRef] | None:
        """The type whose own a property is, and what it holds; none where there is no such."""
        for owner in self.trace_lineage(name):
            if member in self.types[owner].properties:
                return owner, read_type(self.types[owner].properties[member])
        return None

    def find_navigation(self, name: str, member: str) -> tuple[str, TypeRef] | None:
        """The type whose own a navigation is, and where it leads; none where there is no such."""
        for owner in self.trace_lineage(name):
            if member in self.types[owner].navigation:
                return owner, read_type(self.types[owner].navigation[member])
        return None

    def find_bound(self, at: TypeRef, name: str) -> BoundFact | None:
        """What is called by that name on a type or a collection of it, none where nothing is."""
        for owner in self.trace_lineage(at.name):
            on = f"[{owner}]" if at.is_many else owner
            for fact in self.operations:
                if fact.name == name and fact.on == on:
                    return fact
        return None

    def find_derived(self, name: str) -> Iterator[str]:
        """The types that derive from one, at any distance."""
        return (other for other in self.types if other != name and self.is_derived(other, name))

    def is_derived(self, name: str, ancestor: str) -> bool:
        """Whether a type is the other one, or derives from it."""
        return ancestor in self.trace_lineage(name)


@cache
def load_schema(version: Version) -> Schema:
    """What is known of a version, read once."""
    text = files("timebound.dialects.graph").joinpath("schema_data", f"{version.value}.json")
    return msgspec.json.decode(text.read_bytes(), type=Schema)


def read_type(text: str) -> TypeRef:
    """A type as it is written in the facts."""
    bare = text.removesuffix("?")
    return TypeRef(bare.strip("[]"), bare.startswith("["), text.endswith("?"))
