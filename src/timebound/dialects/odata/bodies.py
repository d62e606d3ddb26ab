"""Bodies of JSON, read as tolerantly as clients write them: any casing of names, unknown ones too.

Values of a wrong type and members given twice are refused with the name of their property.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

import msgspec
import msgspec.inspect

from timebound.dialects.odata.problems import Flaw, ODataProblem

_BODY: Final = "body"
_STEP: Final = re.compile(r"(?<!@odata)\.")
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_KINDS: Final = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}
"""The words of JSON for the types that the parser names."""
_KIND: Final = re.compile(r"\b(?:str|int|float|bool)\b")
_NAMED: Final = re.compile(r"`[^`]*`")
_SPELLED: Final = {"true": True, "false": False}

_B = TypeVar("_B", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a body: its published name, the type of its objects, whether it is a boolean."""

    name: str
    inner: type[msgspec.Struct] | None
    is_boolean: bool


@dataclass(frozen=True, slots=True)
class BodyStyle:
    """How a dialect is read: what stands between names in its faults, and what it lets pass."""

    separator: str = "/"
    takes_spelled_booleans: bool = False


PLAIN: Final = BodyStyle()


def read_body(body: bytes, type_: type[_B], style: BodyStyle = PLAIN) -> _B:
    """The body as the type; refused when it is no JSON object, or with the property at fault."""
    return convert_object(read_object(body), type_, style)


def convert_object(raw: Mapping[str, object], type_: type[_B], style: BodyStyle = PLAIN) -> _B:
    """An object that was read already as the type; refused with the property at fault."""
    try:
        return msgspec.convert(_Fold(style).fold(raw, type_), type_)
    except msgspec.ValidationError as fault:
        raise _refuse(fault, style) from fault


def read_object(body: bytes) -> dict[str, object]:
    """The body as it was written; refused when it is no JSON object, or tells a member twice."""
    raw = read_json(body)
    if not isinstance(raw, dict):
        raise _bad("The body is not a JSON object.")
    return raw


def read_json(body: bytes) -> object:
    """The value that was written; refused when it is no JSON, or tells a member twice."""
    try:
        raw: object = msgspec.json.decode(body)
        _ONCE.decode(body.decode())
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise _bad("The body is not JSON that can be read.") from fault
    return raw


def _bad(message: str, target: str = _BODY) -> ODataProblem:
    return ODataProblem(Flaw.WRONG_TYPE, target, message)


def _refuse_repeated(members: Sequence[tuple[str, object]]) -> None:
    """Of a member given twice another reader may see the other value: neither is taken."""
    seen = set()
    for name, _ in members:
        if name in seen:
            raise _bad(f"The property '{name[:80]}' is given more than once.", name[:80])
        seen.add(name)


# The fast parser keeps the last of several members with one name and says nothing.
_ONCE: Final = json.JSONDecoder(object_pairs_hook=_refuse_repeated)


@dataclass(frozen=True, slots=True)
class _Fold:
    """Gives members their published names, and leaves out what a type does not have."""

    style: BodyStyle

    def fold(
        self, raw: Mapping[str, object], type_: type[msgspec.Struct], place: str = ""
    ) -> dict[str, object]:
        """The members that the type has; `place` is where they are."""
        members = _members_of(type_)
        folded: dict[str, object] = {}
        for name, value in raw.items():
            member = members.get(name.lower())
            if member is None:
                continue
            path = f"{place}{member.name}"
            if member.name in folded:
                raise _bad(f"The property '{path}' is given more than once.", path)
            folded[member.name] = self._fold_value(value, member, path)
        return folded

    def _fold_value(self, value: object, member: _Member, path: str) -> object:
        match value:
            case str() if "\0" in value:
                raise _bad(f"The property '{path}' holds what cannot be stored: NUL.", path)
            case str() if member.is_boolean and self.style.takes_spelled_booleans:
                return _SPELLED.get(value.lower(), value)
            case list():
                return [self._fold_value(one, member, path) for one in value]
            case dict() if member.inner is not None:
                return self.fold(value, member.inner, f"{path}{self.style.separator}")
            case _:
                return value


def _refuse(fault: msgspec.ValidationError, style: BodyStyle) -> ODataProblem:
    found = _PLACE.match(str(fault))
    what, path = (found["what"], found["path"]) if found else (str(fault), None)
    name = _STEP.sub(style.separator, path or "") or _BODY
    told = _NAMED.sub(_say_kinds, what)
    return _bad(f"The property '{name}' has a wrong value: {told}.", name)


def _say_kinds(types: re.Match[str]) -> str:
    return _KIND.sub(lambda kind: _KINDS[kind[0]], types[0])


@cache
def _members_of(type_: type[msgspec.Struct]) -> Mapping[str, _Member]:
    """The members of a body by their names in lower case."""
    info = msgspec.inspect.type_info(type_)
    if not isinstance(info, msgspec.inspect.StructType):
        raise TypeError(f"{type_.__name__} is no body")
    return {
        field.encode_name.lower(): _Member(
            field.encode_name, _inner_of(field.type), _is_boolean(field.type)
        )
        for field in info.fields
    }


def _inner_of(info: msgspec.inspect.Type) -> type[msgspec.Struct] | None:
    """The type of the objects that a member holds, one or a list of them; none for plain values."""
    match info:
        case msgspec.inspect.StructType(cls=cls):
            return cls
        case msgspec.inspect.UnionType(types=types):
            return next((found for one in types if (found := _inner_of(one))), None)
        case msgspec.inspect.ListType(item_type=item):
            return _inner_of(item)
        case _:
            return None


def _is_boolean(info: msgspec.inspect.Type) -> bool:
    """Whether a member is true, false or nothing."""
    if not isinstance(info, msgspec.inspect.UnionType):
        return isinstance(info, msgspec.inspect.BoolType)
    kinds = {type(one) for one in info.types}
    return kinds <= {msgspec.inspect.BoolType, msgspec.inspect.NoneType}
