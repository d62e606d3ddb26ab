"""Shapes of published answers, as the table of examples writes them, and what does not fit them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

_PIECES: Final = re.compile(r"[^\s,{}\[\]?:]+|[{}\[\]?:]")
_SCALARS: Final = {"text": str, "flag": bool, "number": int | float}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, a flag or a number."""

    name: str = "text"


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever is published as null alone: it is there."""


@dataclass(frozen=True, slots=True)
class Nullable:
    """The same, or null."""

    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Members:
    """An object with these members, and maybe others."""

    shapes: "dict[str, Shape]"


@dataclass(frozen=True, slots=True)
class Items:
    """A list; where its items are shown, one of them fits, and all have the members."""

    shape: "Shape | None"


Shape: TypeAlias = Scalar | Anything | Nullable | Members | Items


def read_shape(text: str) -> Shape:
    """The shape that a text tells; refused with what cannot be read."""
    pieces = _PIECES.findall(text)[::-1]
    shape = _read_value(pieces)
    if pieces:
        raise ValueError(f"{pieces[-1]!r} after the shape")
    return shape


def _read_value(pieces: list[str]) -> Shape:
    piece = pieces.pop()
    if piece == "{":
        shape: Shape = Members(_read_members(pieces))
    elif piece == "[":
        shape = Items(None if pieces[-1] == "]" else _read_value(pieces))
        pieces.pop()
    elif piece in _SCALARS:
        shape = Scalar(piece)
    else:
        raise ValueError(f"{piece!r} is no shape")
    return Nullable(shape) if _take(pieces, "?") else shape


def _read_members(pieces: list[str]) -> dict[str, Shape]:
    members: dict[str, Shape] = {}
    while not _take(pieces, "}"):
        name = pieces.pop()
        if _take(pieces, "?"):
            members[name] = Anything()
        elif pieces[-1] in "{[" or _take(pieces, ":"):
            members[name] = _read_value(pieces)
        else:
            members[name] = Scalar()
    return members


def _take(pieces: list[str], wanted: str) -> bool:
    if pieces and pieces[-1] == wanted:
        pieces.pop()
        return True
    return False


def find_misfits(shape: Shape, value: object, where: str = "$") -> Iterator[str]:
    """What an answer lacks, or has of another type than was published."""
    match shape:
        case Anything():
            return
        case Nullable():
            if value is not None:
                yield from find_misfits(shape.shape, value, where)
        case Scalar():
            is_flag = isinstance(value, bool)
            if not isinstance(value, _SCALARS[shape.name]) or is_flag != (shape.name == "flag"):
                yield f"{where}: {value!r} is no {shape.name}"
        case Members():
            yield from _find_in_object(shape, value, where)
        case Items():
            yield from _find_in_list(shape, value, where)


def _find_in_object(shape: Members, value: object, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    for name, member in shape.shapes.items():
        if name in value:
            yield from find_misfits(member, value[name], f"{where}.{name}")
        else:
            yield f"{where}.{name}: missing"


def _find_in_list(shape: Items, value: object, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: {value!r} is no list"
        return
    if shape.shape is None:
        return
    misfits = [
        list(find_misfits(shape.shape, item, f"{where}[{index}]"))
        for index, item in enumerate(value)
    ]
    yield from (fault for found in misfits for fault in found if fault.endswith(": missing"))
    if all(misfits):  # Nothing fits, or there is nothing.
        yield from misfits[0] if misfits else (f"{where}: empty",)
