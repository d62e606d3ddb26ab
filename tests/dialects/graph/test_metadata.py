"""What the metadata document claims is published, and what is declared is claimed."""

from collections.abc import Iterator
from typing import Any, get_args
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.dialects.graph.office import ORIGIN, Office
from tests.support.published.csdl import Schema, load_schema
from tests.support.published.facts import Version
from timebound.dialects.graph.convert import wording
from timebound.dialects.graph.entities import find_entity, is_declared
from timebound.dialects.graph.metadata import describe_schema
from timebound.dialects.graph.operations import OPERATIONS

EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
NAMESPACE = "microsoft.graph."
VERSIONS: tuple[Version, ...] = get_args(Version)
ONLY_ANSWERED = {("v1.0", "unifiedRoleAssignment/resourceScope")} | {
    ("beta", f"{about}{kind}ScheduleRequest/createdBy")
    for about in ("unifiedRole", "privilegedAccessGroup")
    for kind in ("Assignment", "Eligibility")
}
"""What answers show though the schema of that version lacks it."""


def read_document(version: str) -> Element:
    document = fromstring(describe_schema(wording.Version(version)))  # noqa: S314 - our own text
    assert (document.tag, document.get("Version")) == (f"{EDMX}Edmx", "4.0")
    schemas = document.findall(f"{EDMX}DataServices/{EDM}Schema")
    assert [one.get("Namespace") for one in schemas] == ["microsoft.graph"]
    return schemas[0]


def spell(element: Element, name: str = "Type") -> str:
    """The type of an element as the facts write it, without what says that null may be there."""
    text = element.get(name, "")
    is_many = text.startswith("Collection(")
    bare = text.removeprefix("Collection(").rstrip(")").removeprefix(NAMESPACE)
    return f"[{bare}]" if is_many else bare


def spell_nullable(element: Element) -> str:
    return f"{spell(element)}{'' if element.get('Nullable') == 'false' else '?'}"


def find_false_types(document: Element, schema: Schema) -> Iterator[str]:
    for kind in ("Entity", "Complex"):
        for type_ in document.findall(f"{EDM}{kind}Type"):
            name = type_.get("Name", "")
            fact = schema.types.get(name)
            if fact is None or fact["kind"] != kind.lower():
                yield f"{name} is no published {kind} type"
                continue
            if type_.get("BaseType", "").removeprefix(NAMESPACE) != fact.get("base", ""):
                yield f"{name} derives from {type_.get('BaseType')}"
            if (type_.get("Abstract") == "true") != fact.get("abstract", False):
                yield f"{name} is abstract, or is not"
            yield from find_false_members(name, type_, fact)


def find_false_members(name: str, type_: Element, fact: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    for one in type_.findall(f"{EDM}Property"):
        member = one.get("Name", "")
        if fact.get("properties", {}).get(member) != spell_nullable(one):
            yield f"{name}/{member} is no {spell_nullable(one)}"
    for one in type_.findall(f"{EDM}NavigationProperty"):
        member = one.get("Name", "")
        if fact.get("navigation", {}).get(member, "").rstrip("?") != spell(one):
            yield f"{name}/{member} does not lead to {spell(one)}"
        if (one.get("ContainsTarget") == "true") != (member in fact["contained"]):
            yield f"{name}/{member} contains its target, or does not"


def find_false_rest(document: Element, schema: Schema) -> Iterator[str]:
    for enum in document.findall(f"{EDM}EnumType"):
        told = {one.get("Name"): int(one.get("Value", "")) for one in enum.findall(f"{EDM}Member")}
        fact = schema.enums.get(enum.get("Name", ""), {})
        flags = enum.get("IsFlags") == "true"
        if (told, flags) != (fact.get("members"), fact.get("flags", False)):
            yield f"{enum.get('Name')} is {told}"
    for kind in ("Function", "Action"):
        for called in document.findall(f"{EDM}{kind}"):
            if read_called(kind, called) not in schema.operations:
                yield f"{kind} {called.get('Name')} is not published so"
    container = document.find(f"{EDM}EntityContainer")
    assert container is not None
    roots = {
        one.get("Name", ""): f"[{spell(one, 'EntityType')}]" for one in container if is_set(one)
    }
    roots |= {one.get("Name", ""): spell(one) for one in container if not is_set(one)}
    for name, type_ in roots.items():
        if schema.container.get(name) != type_:
            yield f"the root {name} is no {type_}"


def is_set(element: Element) -> bool:
    return element.tag == f"{EDM}EntitySet"


def read_called(kind: str, called: Element) -> dict[str, object]:
    binding, *parameters = called.findall(f"{EDM}Parameter")
    returned = called.find(f"{EDM}ReturnType")
    read: dict[str, object] = {"kind": kind, "name": called.get("Name"), "on": spell(binding)}
    if parameters:
        read["parameters"] = {one.get("Name"): spell_nullable(one) for one in parameters}
    if returned is not None:
        read["returns"] = spell(returned)
    return read


def find_dangling(document: Element) -> Iterator[str]:
    """Types that are named and not there: such a document could not be read."""
    there = {one.get("Name") for one in document}
    for element in document.iter():
        for attribute in ("Type", "BaseType", "EntityType"):
            name = spell(element, attribute).strip("[]")
            if name and not name.startswith("Edm.") and name not in there:
                yield f"{element.get('Name')} names {name}"


@pytest.mark.documented("the CSDL of each version, microsoftgraph/msgraph-metadata")
@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_claimed_that_is_not_published(version: Version) -> None:
    document, schema = read_document(version), load_schema(version)

    assert [*find_false_types(document, schema)] == []
    assert [*find_false_rest(document, schema)] == []
    assert [*find_dangling(document)] == []


FALSE_CLAIMS = {
    "another type": ('Name="principalId" Type="Edm.String"', 'Name="principalId" Type="Edm.Guid"'),
    "null": ('Name="id" Type="Edm.String" Nullable="false"', 'Name="id" Type="Edm.String"'),
    "another target": (
        'Name="principal" Type="microsoft.graph.directoryObject"',
        'Name="principal" Type="microsoft.graph.user"',
    ),
    "another number": ('Name="adminRemove" Value="3"', 'Name="adminRemove" Value="4"'),
    "an unknown action": ('Action Name="cancel"', 'Action Name="revoke"'),
    "another root": ('EntitySet Name="users"', 'EntitySet Name="people"'),
    "a name": ('Property Name="justification"', 'Property Name="reason"'),
}


@pytest.mark.parametrize("claim", FALSE_CLAIMS)
def test_a_false_claim_would_be_found(claim: str) -> None:
    text = describe_schema(wording.Version.V1).decode()
    was, becomes = FALSE_CLAIMS[claim]
    assert was in text
    changed = fromstring(text.replace(was, becomes))  # noqa: S314 - our own text
    document = changed.find(f"{EDMX}DataServices/{EDM}Schema")
    assert document is not None
    schema = load_schema("v1.0")

    assert [*find_false_types(document, schema), *find_false_rest(document, schema)] != []


COMMON = ("directoryObject", "unifiedRoleManagementPolicyRule")


def list_members(document: Element, name: str) -> Iterator[str]:
    """The members of a type with those it has from others."""
    types = {one.get("Name", ""): one for one in document if one.tag.endswith("Type")}
    at = types.get(name)
    while at is not None:
        yield from (one.get("Name", "") for one in at if one.tag.endswith("Property"))
        at = types.get(at.get("BaseType", "").removeprefix(NAMESPACE))


@pytest.mark.inferred("the document tells what is served")
@pytest.mark.parametrize("version", VERSIONS)
def test_every_declared_property_is_told(version: Version) -> None:
    document = read_document(version)
    names = [one.get("Name", "") for one in document.findall(f"{EDM}EntityType")]

    missing = {
        (version, f"{name}/{one}")
        for name in filter(is_declared, names)
        if name not in COMMON  # they are asked for what their kinds have, and those tell it
        for one in list_declared(name, version)
        if one not in set(list_members(document, name))
    }

    assert "user" in names
    # A type or member that is missing here is a fact for schema_data and for tests/support.
    assert missing <= ONLY_ANSWERED


def list_declared(name: str, version: Version) -> set[str]:
    entity = find_entity(name, is_beta=version == "beta")
    properties = {one.name.partition("/")[0] for one in entity.properties.values()}
    return properties | {one.name for one in entity.navigations.values()}


@pytest.mark.inferred("the document tells what is served")
@pytest.mark.parametrize("version", VERSIONS)
def test_every_path_that_is_served_is_told(version: Version) -> None:
    document = read_document(version)
    told = {one.get("Name") for one in document.iter() if one.get("Name")}

    untold = {
        f"{operation.path}: {step}"
        for operation in OPERATIONS
        if version in {one.value for one in operation.versions}
        for step in operation.path.split("/")
        if step[0] not in "{$" and step.removeprefix(NAMESPACE) not in told
    }

    # What is missing here is a fact for schema_data and for tests/support/published/csdl-*.json.
    assert untold == set()


@pytest.mark.documented("OData 4.0, service and metadata documents; Graph tells them to anybody")
@pytest.mark.witness("GET $metadata")
async def test_the_metadata_is_told_to_anybody(office: Office) -> None:
    stranger = await office.client.get("/v1.0/$metadata")
    beta = await office.client.get("/beta/%24metadata/", headers={"authorization": "Bearer nobody"})

    assert stranger.status_code == beta.status_code == 200
    assert stranger.headers["content-type"] == "application/xml"
    assert stranger.content == describe_schema(wording.Version.V1)
    assert beta.content == describe_schema(wording.Version.BETA)
    assert b"isPrivileged" in beta.content
    assert b"isPrivileged" not in stranger.content


@pytest.mark.documented("OData 4.0, service document: name, kind and url of every root")
@pytest.mark.witness("GET /")
async def test_the_service_document_lists_the_roots(office: Office) -> None:
    response = await office.client.get("/v1.0/")

    assert response.status_code == 200
    told = response.json()
    assert told["@odata.context"] == f"{ORIGIN}/v1.0/$metadata"
    assert {"name": "users", "kind": "EntitySet", "url": "users"} in told["value"]
    assert {"name": "me", "kind": "Singleton", "url": "me"} in told["value"]
    container = read_document("v1.0").find(f"{EDM}EntityContainer")
    assert container is not None
    assert {one["name"] for one in told["value"]} == {one.get("Name") for one in container}


async def test_nothing_else_is_told_to_anybody(office: Office) -> None:
    for path in ("/v1.0/$metadata/users", "/v1.0/$metadata('x')", "/v1.0/users", "/v2.0/$metadata"):
        assert (await office.client.get(path)).status_code == 401
    assert (await office.client.post("/v1.0/$metadata")).status_code == 401
