"""The published schema as the metadata document has to say it."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.published.facts import HERE, Version


@dataclass(frozen=True, slots=True)
class Schema:
    """Types, enumerations, what is called on types, and roots, by the names that are published.

    A type is written as in the files: `[user]` is a collection, a `?` says that null may be there.
    """

    types: Mapping[str, Mapping[str, Any]]
    enums: Mapping[str, Mapping[str, Any]]
    operations: tuple[Mapping[str, Any], ...]
    container: Mapping[str, str]


@functools.cache
def load_schema(version: Version) -> Schema:
    """Answer the schema of a version, what only answers show left out."""
    answered = json.loads((HERE / f"graph-{version}.json").read_text(encoding="utf-8"))
    more = json.loads((HERE / f"csdl-{version}.json").read_text(encoding="utf-8"))
    types = {
        name: _write_type(kind, fact)
        for kind, part in (("entity", "entities"), ("complex", "complex"))
        for name, fact in answered[part].items()
    }
    types |= more["types"]
    types = {
        name: {**fact, "contained": more["contained"].get(name, ())} for name, fact in types.items()
    }
    return Schema(types, more["enums"], tuple(more["operations"]), more["container"])


def _write_type(kind: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    written = {"kind": kind, **{name: fact[name] for name in ("base", "abstract") if name in fact}}
    for part in ("properties", "navigation"):
        written[part] = {
            name: _write(spec)
            for name, spec in fact.get(part, {}).items()
            if spec.get("source") != "answers"
        }
    return written


def _write(spec: Mapping[str, Any]) -> str:
    name = f"[{spec['type']}]" if spec.get("collection") else spec["type"]
    return f"{name}?" if spec.get("nullable") else str(name)
