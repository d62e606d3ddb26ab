"""The published types: what a member may be called, which form it has, what may be absent."""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

Version: TypeAlias = Literal["v1.0", "beta"]

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Member:
    """One published property or navigation property."""

    type: str
    is_collection: bool
    is_nullable: bool
    is_navigation: bool
    is_inline: bool
    """Whether a navigation property is answered without being asked for."""
    values: frozenset[str]
    """The published words of a property whose schema says only that it is a string."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One published entity or complex type, inherited members included."""

    name: str
    base: str | None
    is_abstract: bool
    answered: frozenset[str]
    """The members that are answered whenever nothing is selected."""
    answers_only: bool
    """Whether nothing but those is answered then."""
    members: Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class Facts:
    """All published types of one version."""

    version: Version
    shapes: Mapping[str, Shape]
    enums: Mapping[str, frozenset[str]]

    def descends(self, name: str, ancestor: str) -> bool:
        """Whether `name` is `ancestor` or derives from it; unknown names never do."""
        return ancestor in self._lineage(name)

    def _lineage(self, name: str) -> Iterator[str]:
        at = self.shapes.get(name)
        while at is not None:
            yield at.name
            at = self.shapes.get(at.base) if at.base else None

    def list_members(self, name: str) -> Iterator[str]:
        """The members that an object declared as `name` can have, whichever kind of it it is."""
        for shape in self.shapes.values():
            if shape.name == name or (self.needs_type(name) and self.descends(shape.name, name)):
                yield from shape.members

    def needs_type(self, name: str) -> bool:
        """Whether an object declared as `name` must say what it is in `@odata.type`."""
        return self.shapes[name].is_abstract or name == "directoryObject"


@functools.cache
def load_facts(version: Version) -> Facts:
    """Answer the facts kept for a version."""
    read = json.loads((HERE / f"graph-{version}.json").read_text(encoding="utf-8"))
    types: dict[str, Any] = {**read["complex"], **read["entities"]}
    shapes = {name: _read_shape(name, types) for name in types}
    enums = {name: frozenset(enum["members"]) for name, enum in read["enums"].items()}
    return Facts(version=version, shapes=shapes, enums=enums)


def _read_shape(name: str, types: Mapping[str, Any]) -> Shape:
    fact = types[name]
    base = _read_shape(fact["base"], types) if "base" in fact else None
    inherited = base.members if base else {}
    own = {
        member: _read_member(spec, is_navigation=part == "navigation")
        for part in ("properties", "navigation")
        for member, spec in fact.get(part, {}).items()
    }
    return Shape(
        name=name,
        base=base.name if base else None,
        is_abstract=fact.get("abstract", False),
        answered=frozenset(fact.get("answered", ())) | (base.answered if base else frozenset()),
        answers_only=fact.get("answersOnly", False),
        members={**inherited, **own},
    )


def _read_member(spec: Mapping[str, Any], *, is_navigation: bool) -> Member:
    return Member(
        type=spec["type"],
        is_collection=spec.get("collection", False),
        is_nullable=spec.get("nullable", False),
        is_navigation=is_navigation,
        is_inline=spec.get("inline", False),
        values=frozenset(spec.get("values", ())),
    )
