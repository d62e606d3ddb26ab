"""Objects held against published types: every finding names the place in the body."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.support.published.asked import NOTHING, UNASKED, Asked
from tests.support.published.facts import Facts, Member, Shape
from tests.support.published.values import find_fault

TYPE: Final = "@odata.type"
PREFIX: Final = "#microsoft.graph."
ON_OBJECTS: Final[Mapping[str, type]] = {
    TYPE: str,
    "@odata.id": str,
    "@odata.etag": str,
    "@odata.editLink": str,
    "@odata.readLink": str,
}
ON_MEMBERS: Final[Mapping[str, type]] = {
    "odata.type": str,
    "odata.context": str,
    "odata.count": int,
    "odata.nextLink": str,
    "odata.navigationLink": str,
    "odata.associationLink": str,
}


@dataclass(slots=True)
class Inspection:
    """One body being held against the facts of one version."""

    facts: Facts
    findings: list[str] = field(default_factory=list)

    def report(self, where: str, finding: str) -> None:
        """Note what is wrong, and where."""
        self.findings.append(f"{where}: {finding}")

    def inspect_object(
        self, declared: str, value: object, where: str, asked: Asked = NOTHING
    ) -> None:
        """Hold an object against the type it is declared as, or the derived one it names."""
        if not isinstance(value, dict):
            self.report(where, f"{value!r} is not an object ({declared})")
            return
        shape = self._find_shape(declared, value, where)
        if shape is None:
            return
        for name, content in value.items():
            if "@" in name:
                self._inspect_annotation(shape, name, content, where)
            elif name in shape.members:
                member = shape.members[name]
                nested = _nested(asked, name) if member.is_navigation else NOTHING
                self._inspect_member(member, content, f"{where}.{name}", nested)
            elif not name.startswith("extension_"):
                self.report(f"{where}.{name}", f"not a member of {shape.name}")
        if not asked.is_unasked:
            self._inspect_presence(shape, value, where, asked)

    def _find_shape(self, declared: str, value: Mapping[str, object], where: str) -> Shape | None:
        """Answer the shape the object claims; None, reported, when that cannot be told."""
        said = value.get(TYPE)
        if said is None:
            if self.facts.needs_type(declared):
                self.report(where, f"{TYPE} is missing, {declared} alone does not say what it is")
                return None
            return self.facts.shapes[declared]
        name = said.removeprefix(PREFIX) if isinstance(said, str) else ""
        if not str(said).startswith(PREFIX) or not self.facts.descends(name, declared):
            self.report(f"{where}.{TYPE}", f"{said!r} is not a published kind of {declared}")
            return None
        # Published answers show more of an expanded principal than of the same object read alone.
        return replace(self.facts.shapes[name], answers_only=False)

    def _inspect_annotation(self, shape: Shape, name: str, value: object, where: str) -> None:
        member, _, annotation = name.partition("@")
        if not member:
            form = ON_OBJECTS.get(name)
        elif member in shape.members:
            form = ON_MEMBERS.get(annotation)
        else:
            form = None
        if form is None:
            self.report(f"{where}.{name}", f"not an annotation of {shape.name}")
        elif not isinstance(value, form):
            self.report(f"{where}.{name}", f"{value!r} is not {form.__name__}")

    def _inspect_member(self, member: Member, value: object, where: str, asked: Asked) -> None:
        if value is None:
            if not member.is_nullable:
                self.report(where, "null, but not nullable")
        elif not member.is_collection:
            self._inspect_value(member, value, where, asked)
        elif not isinstance(value, list):
            self.report(where, f"{value!r} is not a list")
        else:
            for index, item in enumerate(value):
                self._inspect_value(member, item, f"{where}[{index}]", asked)

    def _inspect_value(self, member: Member, value: object, where: str, asked: Asked) -> None:
        if member.type in self.facts.shapes:
            self.inspect_object(member.type, value, where, asked)
        elif member.type in self.facts.enums:
            self._inspect_word(self.facts.enums[member.type], value, where)
        elif fault := find_fault(member.type, value):
            self.report(where, fault)
        elif member.values:
            self._inspect_word(member.values, value, where)

    def _inspect_word(self, words: frozenset[str], value: object, where: str) -> None:
        if value not in words:
            self.report(where, f"{value!r} is none of {', '.join(sorted(words))}")

    def _inspect_presence(
        self, shape: Shape, value: Mapping[str, object], where: str, asked: Asked
    ) -> None:
        """Hold what is there against what was asked for."""
        names = {name: name.lower() for name in shape.members}
        wanted = {name for name in names if names[name] in asked.expand}
        if asked.select is None:
            wanted |= shape.answered
        else:
            wanted |= {name for name in names if names[name] in asked.select}
        for name in sorted(wanted - value.keys()):
            self.report(where, f"{name} is missing")
        for name in sorted((value.keys() & names) - wanted):
            if _is_uncalled_for(shape, name, asked):
                self.report(f"{where}.{name}", "answered without being asked for")


def _is_uncalled_for(shape: Shape, name: str, asked: Asked) -> bool:
    member = shape.members[name]
    if member.is_navigation:
        return not (asked.expands_all or (member.is_inline and asked.select is None))
    return name != "id" if asked.select is not None else shape.answers_only


def _nested(asked: Asked, name: str) -> Asked:
    return asked.expand.get(name.lower(), NOTHING if asked.expands_all else UNASKED)
