"""The metadata document: what is served, in the XML of the Common Schema Definition Language.

Source: OData CSDL XML 4.0; the published document of each version is the measure of every claim.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.schema import BoundFact, EnumFact, TypeKind, TypeRef, read_type
from timebound.dialects.graph.serving import Served, trace_served

_NAMESPACE = "microsoft.graph"
_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_CONTAINER = "GraphService"


@cache
def describe_schema(version: Version) -> bytes:
    """The document of a version, made once."""
    served = trace_served(version)
    document = Element("edmx:Edmx", {"xmlns:edmx": _EDMX, "Version": "4.0"})
    services = SubElement(document, "edmx:DataServices")
    schema = SubElement(services, "Schema", {"xmlns": _EDM, "Namespace": _NAMESPACE})
    for name in sorted(served.types & served.schema.enums.keys()):
        _write_enum(schema, name, served.schema.enums[name])
    for kind in (TypeKind.COMPLEX, TypeKind.ENTITY):
        for name in _sort_types(served, kind):
            _write_type(schema, served, name)
    for bound in sorted(served.bound, key=lambda one: (one.kind, one.name, one.on)):
        _write_bound(schema, bound)
    _write_container(schema, served)
    indent(document)
    text: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return text


@cache
def list_roots(version: Version) -> tuple[Mapping[str, str], ...]:
    """The roots of a version as the service document names them."""
    return tuple(
        {"name": name, "kind": "EntitySet" if root.is_many else "Singleton", "url": name}
        for name, root in sorted(trace_served(version).roots.items())
    )


def _sort_types(served: Served, kind: TypeKind) -> Iterable[str]:
    types = served.schema.types
    return sorted(name for name in served.types & types.keys() if types[name].kind is kind)


def _write_enum(schema: Element, name: str, fact: EnumFact) -> None:
    enum = SubElement(schema, "EnumType", {"Name": name})
    if fact.flags:
        enum.set("IsFlags", "true")
    for member, number in fact.members.items():
        SubElement(enum, "Member", {"Name": member, "Value": str(number)})


def _write_type(schema: Element, served: Served, name: str) -> None:
    fact = served.schema.types[name]
    type_ = SubElement(schema, f"{fact.kind.value.title()}Type", {"Name": name})
    if fact.base is not None:
        type_.set("BaseType", f"{_NAMESPACE}.{fact.base}")
    if fact.abstract:
        type_.set("Abstract", "true")
    properties = served.properties.get(name, set())
    if fact.kind is TypeKind.ENTITY and fact.base is None and "id" in properties:
        SubElement(SubElement(type_, "Key"), "PropertyRef", {"Name": "id"})
    for member in sorted(properties):
        _write_typed(type_, "Property", member, read_type(fact.properties[member]))
    for member in sorted(served.navigations.get(name, set())):
        to = read_type(fact.navigation[member])
        way = SubElement(type_, "NavigationProperty", {"Name": member, "Type": _spell(to)})
        if not to.is_many and not to.is_nullable:
            way.set("Nullable", "false")
        if member in fact.contained:
            way.set("ContainsTarget", "true")


def _write_bound(schema: Element, fact: BoundFact) -> None:
    bound = SubElement(schema, fact.kind, {"Name": fact.name, "IsBound": "true"})
    on = _spell(read_type(fact.on))
    SubElement(bound, "Parameter", {"Name": "bindingParameter", "Type": on})
    for name, text in fact.parameters.items():
        _write_typed(bound, "Parameter", name, read_type(text))
    if fact.returns is not None:
        SubElement(bound, "ReturnType", {"Type": _spell(read_type(fact.returns))})


def _write_container(schema: Element, served: Served) -> None:
    container = SubElement(schema, "EntityContainer", {"Name": _CONTAINER})
    for name, root in sorted(served.roots.items()):
        type_ = f"{_NAMESPACE}.{root.name}"
        if root.is_many:
            SubElement(container, "EntitySet", {"Name": name, "EntityType": type_})
        else:
            SubElement(container, "Singleton", {"Name": name, "Type": type_})


def _write_typed(parent: Element, tag: str, name: str, type_: TypeRef) -> None:
    written = SubElement(parent, tag, {"Name": name, "Type": _spell(type_)})
    if not type_.is_nullable:
        written.set("Nullable", "false")


def _spell(type_: TypeRef) -> str:
    name = type_.name if type_.is_primitive else f"{_NAMESPACE}.{type_.name}"
    return f"Collection({name})" if type_.is_many else name
