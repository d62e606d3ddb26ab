"""The bodies that clients send, under their published type names, read as tolerantly as they write.

Member names are taken in any casing and unknown ones are ignored (behaviour book 1.11); values of
a wrong type, and texts longer than is sensible, are refused with the name of their property.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
import msgspec.inspect

from timebound.dialects.graph.refusals import Refusal, bad_request

_Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=128)]
_Path: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
_Reference: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=4_000)]

_STEP: Final = re.compile(r"(?<!@odata)\.")
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)


class ExpirationPattern(msgspec.Struct, rename="camel"):
    """When a schedule ends."""

    type: _Word | None = None
    end_date_time: _Word | None = None
    duration: _Word | None = None


class RequestSchedule(msgspec.Struct, rename="camel"):
    """When something is to be held."""

    start_date_time: _Word | None = None
    expiration: ExpirationPattern | None = None


class TicketInfo(msgspec.Struct, rename="camel"):
    """A reference into a ticket system."""

    ticket_number: _Reference | None = None
    ticket_system: _Reference | None = None


class UnifiedRoleScheduleRequest(msgspec.Struct, rename="camel"):
    """What the requests about eligibilities and about assignments have in common: everything."""

    action: _Word | None = None
    principal_id: _Id | None = None
    role_definition_id: _Id | None = None
    directory_scope_id: _Path | None = None
    app_scope_id: _Path | None = None
    justification: _Text | None = None
    schedule_info: RequestSchedule | None = None
    ticket_info: TicketInfo | None = None
    is_validation_only: bool | None = None
    target_schedule_id: _Id | None = None


class PrivilegedAccessGroupScheduleRequest(msgspec.Struct, rename="camel"):
    """What the requests about eligibilities and about assignments in groups have in common."""

    action: _Word | None = None
    access_id: _Word | None = None
    principal_id: _Id | None = None
    group_id: _Id | None = None
    justification: _Text | None = None
    schedule_info: RequestSchedule | None = None
    ticket_info: TicketInfo | None = None
    is_validation_only: bool | None = None
    target_schedule_id: _Id | None = None


class ApprovalStep(msgspec.Struct, rename="camel"):
    """What an approver says of a step."""

    review_result: _Word | None = None
    justification: _Text | None = None


class UnifiedRoleAssignment(msgspec.Struct, rename="camel"):
    """An assignment of a role past requests; `resourceScope` is the older name of its scope."""

    principal_id: _Id | None = None
    role_definition_id: _Id | None = None
    directory_scope_id: _Path | None = None
    resource_scope: _Path | None = None
    app_scope_id: _Path | None = None
    condition: _Text | None = None


class UnifiedRoleAssignmentMultiple(msgspec.Struct, rename="camel"):
    """An assignment of a role to several principals at several places."""

    display_name: _Reference | None = None
    description: _Text | None = None
    role_definition_id: _Id | None = None
    principal_ids: Annotated[list[_Id], msgspec.Meta(max_length=1_000)] | None = None
    directory_scope_ids: Annotated[list[_Path], msgspec.Meta(max_length=1_000)] | None = None
    app_scope_ids: Annotated[list[_Path], msgspec.Meta(max_length=1_000)] | None = None
    condition: _Text | None = None


class UnifiedRolePermission(msgspec.Struct, rename="camel"):
    """What a role allows, and on what condition."""

    allowed_resource_actions: Annotated[list[_Path], msgspec.Meta(max_length=1_000)] | None = None
    excluded_resource_actions: list[_Path] | None = None
    condition: _Text | None = None


class RoleReference(msgspec.Struct, rename="camel"):
    """Another role definition, by its id."""

    id: _Id | None = None


class UnifiedRoleDefinition(msgspec.Struct, rename="camel"):
    """A role definition to be made or changed; `isEnabled` is sent as a text by some."""

    display_name: _Reference | None = None
    description: _Text | None = None
    is_enabled: bool | _Word | None = None
    role_permissions: (
        Annotated[list[UnifiedRolePermission], msgspec.Meta(max_length=100)] | None
    ) = None
    resource_scopes: Annotated[list[_Path], msgspec.Meta(max_length=100)] | None = None
    template_id: _Id | None = None
    version: _Word | None = None
    inherits_permissions_from: (
        Annotated[list[RoleReference], msgspec.Meta(max_length=100)] | None
    ) = None


_B = TypeVar("_B", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a body: its published name, and the type of the objects it holds."""

    name: str
    inner: type[msgspec.Struct] | None


def read_body(body: bytes, type_: type[_B]) -> _B:
    """The body as the type; refused when it is no JSON object, or with the property at fault."""
    try:
        return msgspec.convert(_fold(read_object(body), type_), type_)
    except msgspec.ValidationError as fault:
        raise _refuse(fault) from fault


def read_object(body: bytes) -> dict[str, object]:
    """The body as it was written; refused when it is no JSON object, or tells a member twice."""
    try:
        raw = msgspec.json.decode(body)
        _ONCE.decode(body.decode())
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise bad_request("The body is not JSON that can be read.") from fault
    if not isinstance(raw, dict):
        raise bad_request("The body is not a JSON object.")
    return raw


def _refuse_repeated(members: Sequence[tuple[str, object]]) -> None:
    """Of a member given twice another reader may see the other value: neither is taken."""
    seen = set()
    for name, _ in members:
        if name in seen:
            raise bad_request(f"The property '{name[:80]}' is given more than once.")
        seen.add(name)


# The fast parser keeps the last of several members with one name and says nothing.
_ONCE: Final = json.JSONDecoder(object_pairs_hook=_refuse_repeated)


def _fold(
    raw: dict[str, object], type_: type[msgspec.Struct], place: str = ""
) -> dict[str, object]:
    """The members that the type has, under their published names; `place` is where they are."""
    members = _members_of(type_)
    folded: dict[str, object] = {}
    for name, value in raw.items():
        member = members.get(name.lower())
        if member is None:
            continue
        path = f"{place}{member.name}"
        if member.name in folded:
            raise bad_request(f"The property '{path}' is given more than once.")
        folded[member.name] = _fold_value(value, member.inner, path)
    return folded


def _fold_value(value: object, inner: type[msgspec.Struct] | None, path: str) -> object:
    match value:
        case str() if "\0" in value:
            raise bad_request(f"The property '{path}' holds what cannot be stored: NUL.")
        case list():
            return [_fold_value(one, inner, path) for one in value]
        case dict() if inner is not None:
            return _fold(value, inner, f"{path}/")
        case _:
            return value


def _refuse(fault: msgspec.ValidationError) -> Refusal:
    found = _PLACE.match(str(fault))
    what, path = (found["what"], found["path"]) if found else (str(fault), None)
    name = _STEP.sub("/", path or "") or "body"
    told = _NAMED.sub(_say_kinds, what)
    return bad_request(f"The property '{name}' has a wrong value: {told}.")


_KINDS: Final = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}
"""The words of JSON for the types that the parser names."""
_KIND: Final = re.compile(r"\b(?:str|int|float|bool)\b")
_NAMED: Final = re.compile(r"`[^`]*`")


def _say_kinds(types: re.Match[str]) -> str:
    return _KIND.sub(lambda kind: _KINDS[kind[0]], types[0])


@cache
def _members_of(type_: type[msgspec.Struct]) -> Mapping[str, "_Member"]:
    """The members of a body by their names in lower case."""
    info = msgspec.inspect.type_info(type_)
    if not isinstance(info, msgspec.inspect.StructType):
        raise TypeError(f"{type_.__name__} is no body")
    return {
        field.encode_name.lower(): _Member(field.encode_name, _inner_of(field.type))
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
