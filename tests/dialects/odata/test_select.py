import pytest

from timebound.dialects.odata.context import format_context, format_function_context
from timebound.dialects.odata.options import parse_options
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import EntityType, Navigation, Property, declare_entity
from timebound.dialects.odata.select import Projection, bind_projection, project

ROOT = "https://graph.microsoft.com/v1.0"
REQUESTS = "roleManagement/directory/roleAssignmentScheduleRequests"
ROLE: EntityType = declare_entity(
    "unifiedRoleDefinition",
    (Property("id"), Property("displayName"), Property("rolePermissions")),
    (Navigation("inheritsPermissionsFrom", lambda: ROLE),),
)
PRINCIPAL = declare_entity("directoryObject", (Property("id"),))


def request_type() -> EntityType:
    return REQUEST


REQUEST: EntityType = declare_entity(
    "unifiedRoleAssignmentScheduleRequest",
    (
        Property("id"),
        Property("principalId"),
        Property("action"),
        Property("roleDefinitionId"),
        Property("createdBy/user/id"),
    ),
    (
        Navigation("roleDefinition", lambda: ROLE),
        Navigation("activatedUsing", request_type),
        Navigation("principal", lambda: PRINCIPAL),
        Navigation("targetSchedule", request_type),
    ),
)
ITEM: dict[str, object] = {
    "@odata.type": "#microsoft.graph.unifiedRoleAssignmentScheduleRequest",
    "id": "1",
    "principalId": "p",
    "action": "adminAssign",
    "createdBy": {"user": {"id": "u"}},
    "roleDefinition": {"id": "r", "displayName": "Reader", "rolePermissions": []},
    "roleDefinition@odata.context": "there",
    "principal": {"@odata.type": "#microsoft.graph.user", "id": "p", "displayName": "Bob"},
}


def bind(query: str) -> Projection:
    options = parse_options(query.encode())
    return bind_projection(REQUEST, options.select, options.expand)


PROJECTIONS = {
    "nothing asked": ("", ITEM),
    "star": ("$select=*", ITEM),
    "one name in another case": (
        "$select=PRINCIPALid",
        {"@odata.type": ITEM["@odata.type"], "principalId": "p"},
    ),
    "an absent property": ("$select=roleDefinitionId", {"@odata.type": ITEM["@odata.type"]}),
    "a complex property": (
        "$select=createdby",
        {"@odata.type": ITEM["@odata.type"], "createdBy": {"user": {"id": "u"}}},
    ),
    "a part of a complex property": (
        "$select=CreatedBy/User",
        {"@odata.type": ITEM["@odata.type"], "createdBy": {"user": {"id": "u"}}},
    ),
    "a part of a part": (
        "$select=createdBy/user/id",
        {"@odata.type": ITEM["@odata.type"], "createdBy": {"user": {"id": "u"}}},
    ),
    "a part beside the whole": (
        "$select=createdBy/user/id,createdBy",
        {"@odata.type": ITEM["@odata.type"], "createdBy": {"user": {"id": "u"}}},
    ),
    "selected and expanded": (
        "$select=id&$expand=roledefinition($select=displayName),principal($select=id)",
        {
            "@odata.type": ITEM["@odata.type"],
            "id": "1",
            "roleDefinition": {"displayName": "Reader"},
            "roleDefinition@odata.context": "there",
            "principal": {"@odata.type": "#microsoft.graph.user", "id": "p"},
        },
    ),
}


@pytest.mark.observed("EasyPIM and JAz.PIM spell names in any case; published examples")
@pytest.mark.parametrize(("query", "expected"), PROJECTIONS.values(), ids=PROJECTIONS.keys())
def test_projection(query: str, expected: dict[str, object]) -> None:
    assert project(ITEM, bind(query)) == expected


def test_lists_and_empty_navigations_are_projected() -> None:
    projection = bind(
        "$expand=roleDefinition($select=id;$expand=inheritsPermissionsFrom($select=id))"
    )
    base = {"id": "b", "displayName": "Base"}
    item = {"roleDefinition": {"id": "r", "x": 1, "inheritsPermissionsFrom": [base, base]}}

    assert project(item, projection) == {
        "roleDefinition": {"id": "r", "inheritsPermissionsFrom": [{"id": "b"}, {"id": "b"}]}
    }
    assert project({"roleDefinition": None}, projection) == {"roleDefinition": None}
    assert project({"id": "1"}, projection) == {"id": "1"}


def test_what_is_expanded_can_be_asked() -> None:
    projection = bind("$expand=*")

    assert [one.navigation.name for one in projection.expansions] == [
        "roleDefinition",
        "activatedUsing",
        "principal",
        "targetSchedule",
    ]
    assert bind("$select=id").expansions == ()


REFUSED = {
    "unknown selected": ("$select=id,colour", "colour", Flaw.UNKNOWN_PROPERTY),
    "unknown part selected": ("$select=createdBy/boss", "createdBy/boss", Flaw.UNKNOWN_PROPERTY),
    "none of those expanded": ("$expand=principal($top=0)", "$expand", Flaw.WRONG_TYPE),
    "unknown filtered below": (
        "$expand=principal($filter=colour eq 1)",
        "colour",
        Flaw.UNKNOWN_PROPERTY,
    ),
    "unknown expanded": ("$expand=boss", "boss", Flaw.UNKNOWN_PROPERTY),
    "plain property expanded": ("$expand=action", "action", Flaw.UNKNOWN_PROPERTY),
    "unknown below": ("$expand=principal($select=colour)", "colour", Flaw.UNKNOWN_PROPERTY),
    "twice": ("$expand=principal,Principal", "$expand", Flaw.REPEATED),
    "twice by star": ("$expand=principal,*", "$expand", Flaw.REPEATED),
}


@pytest.mark.parametrize(("query", "target", "flaw"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_is_refused_by_name(query: str, target: str, flaw: Flaw) -> None:
    with pytest.raises(ODataProblem) as caught:
        bind(query)

    assert (caught.value.target, caught.value.flaw) == (target, flaw)


CONTEXTS = {
    "list": ("", "", False),
    "entity": ("", "/$entity", True),
    "select": ("$select=PrincipalId,action", "(principalId,action)", False),
    "select names once": ("$select=action,Action", "(action)", False),
    "expand": ("$expand=principal", "(principal())", False),
    "nested expand": (
        "$expand=roleDefinition($expand=inheritsPermissionsFrom)",
        "(roleDefinition(inheritsPermissionsFrom()))",
        False,
    ),
    "nested select": (
        "$expand=roleDefinition($select=displayName),principal",
        "(roleDefinition(displayName),principal())",
        False,
    ),
    "select and expand of an entity": (
        (
            "$select=principalId,action,roleDefinitionId"
            "&$expand=roleDefinition,activatedUsing,principal,targetSchedule"
        ),
        (
            "(principalId,action,roleDefinitionId,roleDefinition(),activatedUsing(),principal(),"
            "targetSchedule())/$entity"
        ),
        True,
    ),
}


@pytest.mark.documented("published answers of unifiedRoleAssignmentScheduleRequest, list and get")
@pytest.mark.parametrize(("query", "ending", "is_entity"), CONTEXTS.values(), ids=CONTEXTS.keys())
def test_context(query: str, ending: str, is_entity: bool) -> None:  # noqa: FBT001 - a column of the table
    context = format_context(ROOT, REQUESTS, bind(query), is_entity=is_entity)

    assert context == f"{ROOT}/$metadata#{REQUESTS}{ending}"


@pytest.mark.documented("published answers of filterByCurrentUser")
def test_context_of_a_function() -> None:
    assert format_function_context(ROOT, "unifiedRoleAssignmentSchedule") == (
        "https://graph.microsoft.com/v1.0/$metadata#Collection(unifiedRoleAssignmentSchedule)"
    )
