"""What enforcement points ask in the words of OpenID AuthZEN 1.0, and how it is read.

Members that are not known are passed over, as the specification asks; what is null is left out.
Source: Authorization API 1.0, the information model and the requests of both evaluation APIs.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from timebound.application.access_checking import AskedCheck
from timebound.control.calls import GUID
from timebound.domain.azure.comparing import Values
from timebound.domain.azure.conditions import Context, Source
from timebound.domain.azure.places import read_place
from timebound.domain.principals import PrincipalKind
from timebound.domain.scopes import Scope, ScopeKind

MOST: Final = 100
"""More evaluations than one request may hold."""
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=2_048, pattern=r"^[^\x00]*\Z")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=512, pattern=r"^[^\x00*]*\Z")]
"""The name of one action or attribute: none stands for several."""
_Value = Annotated[str, msgspec.Meta(max_length=1_024)]
"""A value of an attribute, as long as what conditions speak of: the names of blobs are longest."""
_Entity: TypeAlias = dict[str, object]
_Attribute: TypeAlias = (
    _Value | bool | int | float | Annotated[tuple[_Value, ...], msgspec.Meta(max_length=100)]
)
_Attributes = Annotated[dict[_Name, _Attribute | None], msgspec.Meta(max_length=50)]
_PRINCIPALS: Final = {kind.value: kind for kind in PrincipalKind}
_PLACE: Final = re.compile(rf"(/(?:administrativeUnits/)?)({GUID})?", re.IGNORECASE | re.ASCII)
_UNIT: Final = "/administrativeunits/"
_REQUIRED: Final = ("type", "id", "name")
_KEYS: Final = ("subject", "action", "resource", "context")


class Known(msgspec.Struct, frozen=True):
    """What is told of a subject, a resource or the surroundings: attributes for conditions."""

    attributes: _Attributes | None = None


class KnownAction(msgspec.Struct, frozen=True, rename="camel"):
    """What is told of an action: whether it is one on data, and attributes for conditions."""

    is_data_action: bool | None = None
    sub_operation: _Value | None = None
    attributes: _Attributes | None = None


class Subject(msgspec.Struct, frozen=True):
    """Who would do it: `user`, `group` or `servicePrincipal` with an id, a person with a name."""

    type: _Id
    id: _Id
    properties: Known | None = None


class Action(msgspec.Struct, frozen=True):
    """What would be done, as roles name it."""

    name: _Name
    properties: KnownAction | None = None


class Resource(msgspec.Struct, frozen=True):
    """What it would be done to: a place of the type `azure` or `directory`."""

    type: _Id
    id: _Id
    properties: Known | None = None


class Evaluation(msgspec.Struct, frozen=True):
    """One question."""

    subject: Subject
    action: Action
    resource: Resource
    context: Known | None = None


class Options(msgspec.Struct, frozen=True):
    """How several questions are answered."""

    evaluations_semantic: (
        Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] | None
    ) = None


class Evaluations(msgspec.Struct, frozen=True):
    """Several questions, and what they have in common."""

    evaluations: Annotated[tuple[_Entity, ...], msgspec.Meta(max_length=MOST)] | None = None
    subject: _Entity | None = None
    action: _Entity | None = None
    resource: _Entity | None = None
    context: _Entity | None = None
    options: Options | None = None

    def list_all(self) -> Iterator[_Entity]:
        """The questions one by one; what one leaves out is what they have in common.

        What a question names replaces the default as a whole, but for what has to be there: a type,
        an id or a name. Source: certification scenario of the specification.
        """
        defaults = msgspec.structs.asdict(self)
        for one in self.evaluations or ():
            merged = {key: _merge(defaults[key], one.get(key)) for key in _KEYS}
            yield {key: value for key, value in merged.items() if value is not None}


def _merge(default: _Entity | None, own: object) -> object:
    if default is None or own is None:
        return default if own is None else own
    if not isinstance(own, dict):
        return own
    told = {name: value for name, value in own.items() if value is not None}
    return {**{name: default[name] for name in _REQUIRED if name in default}, **told}


def read_evaluation(asked: Evaluation) -> AskedCheck:
    """The question in the words of the service; what there is nowhere is none."""
    action, known = asked.action, asked.action.properties or KnownAction()
    attributes = {
        **_read_attributes(Source.REQUEST, known),
        **_read_attributes(Source.PRINCIPAL, asked.subject.properties),
        **_read_attributes(Source.RESOURCE, asked.resource.properties),
        **_read_attributes(Source.ENVIRONMENT, asked.context),
    }
    return AskedCheck(
        _PRINCIPALS.get(asked.subject.type),
        asked.subject.id,
        _read_scope(asked.resource),
        Context(action.name, attributes, known.sub_operation),
        bool(known.is_data_action),
    )


def _read_attributes(
    source: Source, known: Known | KnownAction | None
) -> Mapping[tuple[Source, str], Values]:
    told = {} if known is None else known.attributes or {}
    return {
        (source, name.lower()): _read_values(value)
        for name, value in told.items()
        if value is not None
    }


def _read_values(value: _Attribute) -> Values:
    if isinstance(value, tuple):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _read_scope(resource: Resource) -> Scope | None:
    if resource.type == ScopeKind.AZURE.value:
        return read_place(resource.id)
    if resource.type != ScopeKind.DIRECTORY.value:
        return None
    found = _PLACE.fullmatch(resource.id)
    if found is None:
        return None
    is_unit, object_id = found[1].lower() == _UNIT, (found[2] or "").lower()
    if is_unit and not object_id:
        return None
    head = "/administrativeUnits/" if is_unit else "/"
    return Scope(ScopeKind.DIRECTORY, f"{head}{object_id}")
