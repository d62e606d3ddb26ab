from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

import pytest

from tests.dialects.graph.samples import HELD_ID, MIRA, REQUEST, ROLE
from timebound.application.queries import (
    ALWAYS,
    NEVER,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    TextMatch,
    TextOperator,
    find_pinned_values,
)
from timebound.application.views import FIELDS, View
from timebound.dialects.graph import extensions, group_sets, policy_sets, role_sets, sets
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.directory_reads import consents, objects, roles, sources
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.problems import say_flaw
from timebound.dialects.graph.provider_sets import PROVIDERS
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.odata.forms import take_ids
from timebound.dialects.odata.problems import ODataProblem

EQ = Operator.EQ
SINCE = datetime(2031, 3, 4, tzinfo=UTC)
WITHOUT_REQUEST = Compare("request_id", EQ, None)
OUTSIDE = And((WITHOUT_REQUEST, Compare("kind", EQ, "assigned")))
HELD = And(
    (
        Compare("principal_id", EQ, MIRA),
        Compare("role_id", EQ, ROLE),
        Compare("scope", EQ, "/"),
        Not(Compare("kind", EQ, "eligible")),
    )
)
MADE_BY_REQUEST = And((Compare("id", EQ, REQUEST), Not(WITHOUT_REQUEST)))
ENDING = OneOf("action", ("adminRemove", "selfDeactivate"))


def condition_of(entities: EntitySet[Any], text: str) -> Condition:
    return plan_list(entities, Version.V1, f"$filter={quote(text)}".encode()).query.condition


FILTERS: dict[str, tuple[EntitySet[Any], str, Condition]] = {
    "principal and role": (
        sets.ELIGIBILITY_INSTANCES,
        f"principalId eq '{MIRA.upper()}' and roleDefinitionId eq '{ROLE}'",
        And((Compare("principal_id", EQ, MIRA), Compare("role_id", EQ, ROLE))),
    ),
    "a scope in another casing": (
        sets.ELIGIBILITY_INSTANCES,
        f"directoryScopeId eq '/AdministrativeUnits/{MIRA}'",
        Compare("scope", EQ, f"/administrativeUnits/{MIRA}"),
    ),
    "no scope": (sets.ELIGIBILITY_SCHEDULES, "directoryScopeId eq 'x'", NEVER),
    "no scope inside an application": (sets.ROLE_ASSIGNMENTS, "appScopeId eq null", ALWAYS),
    "a scope inside an application": (sets.ROLE_ASSIGNMENTS, "appScopeId eq '/x'", NEVER),
    "an instance by its id": (sets.ASSIGNMENT_INSTANCES, f"id eq '{HELD_ID}'", HELD),
    "an instance by its origin": (
        sets.ASSIGNMENT_INSTANCES,
        f"roleAssignmentOriginId eq '{HELD_ID}'",
        HELD,
    ),
    "a role assignment by its id": (sets.ROLE_ASSIGNMENTS, f"id eq '{HELD_ID}'", HELD),
    "no id of an instance": (sets.ASSIGNMENT_INSTANCES, f"id eq '{REQUEST}'", NEVER),
    "all but one instance": (sets.ASSIGNMENT_INSTANCES, f"id ne '{HELD_ID}'", Not(HELD)),
    "a schedule by its request": (
        sets.ASSIGNMENT_SCHEDULES,
        f"id eq '{REQUEST.upper()}'",
        MADE_BY_REQUEST,
    ),
    "a schedule made past PIM": (
        sets.ASSIGNMENT_SCHEDULES,
        f"id eq '{HELD_ID}'",
        And((HELD, WITHOUT_REQUEST)),
    ),
    "the instance of a schedule": (
        sets.ASSIGNMENT_INSTANCES,
        f"roleAssignmentScheduleId eq '{REQUEST}'",
        MADE_BY_REQUEST,
    ),
    "activations": (
        sets.ASSIGNMENT_SCHEDULES,
        "assignmentType eq 'ACTIVATED'",
        Compare("kind", EQ, "activated"),
    ),
    "direct ones": (
        sets.ELIGIBILITY_SCHEDULES,
        "memberType eq 'Direct'",
        Compare("member_type", EQ, "Direct"),
    ),
    "instances since": (
        sets.ASSIGNMENT_INSTANCES,
        "startDateTime ge 2031-03-04T00:00:00Z",
        And((Compare("start", Operator.GE, SINCE), Not(OUTSIDE))),
    ),
    "schedules whose making is not told": (
        sets.ASSIGNMENT_SCHEDULES,
        "createdDateTime eq null",
        OUTSIDE,
    ),
    "schedules not made then": (
        sets.ASSIGNMENT_SCHEDULES,
        "createdDateTime ne 2031-03-04T00:00:00Z",
        Not(And((Compare("created_at", EQ, SINCE), Not(OUTSIDE)))),
    ),
    "requests that wait": (
        sets.ASSIGNMENT_REQUESTS,
        "status eq 'PendingApproval'",
        Compare("status", EQ, "PendingApproval"),
    ),
    "requests that wait, by the other name": (
        sets.ASSIGNMENT_REQUESTS,
        "status eq 'PendingApprovalProvisioning'",
        Compare("status", EQ, "PendingApproval"),
    ),
    "a status that nothing has": (sets.ASSIGNMENT_REQUESTS, "status eq 'Lost'", NEVER),
    "requests since": (
        sets.ASSIGNMENT_REQUESTS,
        "createdDateTime ge 2031-03-04T00:00:00Z and status eq 'Provisioned'",
        And(
            (
                Compare("created_at", Operator.GE, SINCE),
                Compare("status", EQ, "Provisioned"),
            )
        ),
    ),
    "the request of a schedule": (
        sets.ASSIGNMENT_REQUESTS,
        f"targetScheduleId eq '{REQUEST}'",
        And((Compare("id", EQ, REQUEST), Not(ENDING))),
    ),
    "requests that wrote nothing": (
        sets.ASSIGNMENT_REQUESTS,
        "targetScheduleId eq null",
        ENDING,
    ),
    "a role by its name": (
        sets.ROLE_DEFINITIONS,
        "displayName eq 'Security Reader'",
        Compare("display_name", EQ, "security reader"),
    ),
    "built-in roles": (
        sets.ROLE_DEFINITIONS,
        "isBuiltIn eq true",
        Compare("is_built_in", EQ, value=True),
    ),
    "roles by their names": (
        sets.ROLE_DEFINITIONS,
        "displayName in ('A', 'B')",
        OneOf("display_name", ("a", "b")),
    ),
    "a person by name": (
        sets.USERS,
        "userPrincipalName eq 'Bob@pim.test'",
        Compare("user_principal_name", EQ, "bob@pim.test"),
    ),
    "people by either name": (
        sets.USERS,
        "mail eq 'a' or userPrincipalName eq 'a'",
        Or((Compare("mail", EQ, "a"), Compare("user_principal_name", EQ, "a"))),
    ),
    "groups that begin so": (
        sets.GROUPS,
        "startswith(displayName,'PIM')",
        TextMatch("display_name", TextOperator.STARTS_WITH, "pim"),
    ),
    "a service principal by one of its names": (
        sets.SERVICE_PRINCIPALS,
        f"servicePrincipalNames/any(c:c eq '{MIRA}')",
        AnyOf("names", Compare("", EQ, MIRA)),
    ),
    "a service principal by its application": (
        sets.SERVICE_PRINCIPALS,
        f"appId eq '{MIRA}'",
        Compare("app_id", EQ, MIRA),
    ),
}


@pytest.mark.observed("behaviour book 5: filters that clients send")
@pytest.mark.parametrize("name", FILTERS)
def test_filters_of_clients_mean_what_they_say(name: str) -> None:
    entities, text, condition = FILTERS[name]

    assert condition_of(entities, text) == condition


@pytest.mark.inferred("a store looks where the computed id points")
def test_a_computed_id_pins_the_slot() -> None:
    condition = condition_of(sets.ASSIGNMENT_INSTANCES, f"id eq '{HELD_ID}'")

    pinned = find_pinned_values(condition)

    assert pinned == {"principal_id": MIRA, "role_id": ROLE, "scope": "/"}


OTHER = "0a0b0c0d-1111-4222-8333-444455556666"
STAND_IN = take_ids(f"'{MIRA}'".encode())[0].decode().strip("'")
WITH_IDS: dict[str, tuple[str, Condition]] = {
    "one id": (f"principalId eq '{OTHER}'", Compare("principal_id", EQ, OTHER)),
    "several, one twice": (
        f"principalId in ('{OTHER}','{MIRA}','{OTHER}')",
        OneOf("principal_id", (OTHER, MIRA)),
    ),
    "what stands for ids, spelled by the client": (
        f"principalId eq {STAND_IN} and roleDefinitionId eq '{OTHER}'",
        And((Compare("principal_id", EQ, STAND_IN), Compare("role_id", EQ, OTHER))),
    ),
    "an id within a text": (
        f"justification eq 'as ''{OTHER}'' asked'",
        Compare("justification", EQ, f"as '{OTHER}' asked"),
    ),
    "an id that is compared with nothing of its kind": (f"appScopeId eq '{OTHER}'", NEVER),
}


@pytest.mark.inferred("what is kept for one principal tells nothing of another one")
@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("name", WITH_IDS)
def test_every_id_stands_where_the_client_wrote_it(name: str, *, encoded: bool) -> None:
    text, condition = WITH_IDS[name]
    asked = [text.replace(OTHER, ROLE), text]
    raws = [f"$filter={quote(one) if encoded else one.replace(' ', '+')}" for one in asked]
    plans = [plan_list(sets.ASSIGNMENT_REQUESTS, Version.V1, raw.encode()) for raw in raws]
    assert plans[1].query.condition == condition


@pytest.mark.inferred("a page token of one list is worth nothing for another one")
def test_lists_about_different_principals_are_different_lists() -> None:
    plans = [
        plan_list(sets.ASSIGNMENT_INSTANCES, Version.V1, f"$filter=principalId+eq+'{id_}'".encode())
        for id_ in (MIRA, OTHER)
    ]
    assert plans[0].fingerprint != plans[1].fingerprint


@pytest.mark.inferred("bad input gets an error in the client's own words")
def test_a_refusal_names_the_id_that_was_sent() -> None:
    with pytest.raises(ODataProblem, match=OTHER):
        condition_of(sets.ASSIGNMENT_INSTANCES, f"startDateTime ge '{OTHER}'")


REFUSED: dict[str, tuple[EntitySet[Any], str, str]] = {
    "or on role definitions": (
        sets.ROLE_DEFINITIONS,
        "isBuiltIn eq true or displayName eq 'x'",
        "Request_UnsupportedQuery",
    ),
    "ne on a status": (sets.ASSIGNMENT_REQUESTS, "status ne 'Provisioned'", "InvalidFilter"),
    "an order of names": (sets.ASSIGNMENT_REQUESTS, "action gt 'x'", "InvalidFilter"),
    "a function of another dialect": (sets.ASSIGNMENT_INSTANCES, "asTarget()", "InvalidFilter"),
}


@pytest.mark.observed("behaviour book 2: ERR-061, ERR-062")
@pytest.mark.parametrize("name", REFUSED)
def test_clauses_that_are_not_taken_are_refused_with_their_code(name: str) -> None:
    entities, text, code = REFUSED[name]

    with pytest.raises((Refusal, ODataProblem)) as caught:
        condition_of(entities, text)

    fault = caught.value
    error = fault.error if isinstance(fault, Refusal) else say_flaw(cast("ODataProblem", fault))
    assert error.code == code


@pytest.mark.documented("unifiedRoleDefinition, properties: isPrivileged in beta alone")
def test_a_property_of_beta_is_unknown_in_v1() -> None:
    raw = b"$select=isPrivileged"

    assert plan_list(sets.ROLE_DEFINITIONS, Version.BETA, raw).projection.names == ("isPrivileged",)
    with pytest.raises(ODataProblem, match="isPrivileged"):
        plan_list(sets.ROLE_DEFINITIONS, Version.V1, raw)


@pytest.mark.documented("Graph query parameters: a single entity takes $select and $expand")
@pytest.mark.parametrize("raw", [b"$filter=id%20eq%20'x'", b"$top=1", b"$orderby=id"])
def test_a_single_entity_takes_no_option_of_lists(raw: bytes) -> None:
    with pytest.raises(ODataProblem):
        plan_one("unifiedRoleDefinition", Version.V1, raw)


MODULES = (sets, role_sets, policy_sets, group_sets, extensions, consents, objects, roles)
ALL_SETS = [
    *dict.fromkeys(
        one for module in MODULES for one in vars(module).values() if isinstance(one, EntitySet)
    ),
    role_sets.actions_of("microsoft.directory"),
    *(one for provider in PROVIDERS for one in (provider.definitions, provider.assignments)),
]


@pytest.mark.inferred("a door asks a store only for what the store knows")
@pytest.mark.parametrize("entities", ALL_SETS, ids=lambda one: one.path)
@pytest.mark.parametrize("version", Version)
def test_every_field_that_can_be_asked_for_is_one_of_the_view(
    entities: EntitySet[Any], version: Version
) -> None:
    entity = find_entity(entities.kind.type_name, is_beta=version is Version.BETA)
    asked = {
        one.domain_field
        for one in entity.properties.values()
        if (one.operators or one.is_sortable) and one.name != "appScopeId"
    }

    assert asked <= FIELDS[entities.view]
    assert {order.field for order in entities.orders} <= FIELDS[entities.view]


@pytest.mark.documented("schema: navigation properties of each type")
@pytest.mark.parametrize("entities", ALL_SETS, ids=lambda one: one.path)
def test_everything_that_can_be_expanded_can_be_found(entities: EntitySet[Any]) -> None:
    entity = find_entity(entities.kind.type_name, is_beta=False)

    ways = {way.name: way.target().name for way in entity.navigations.values()}
    links = {name: link.kind().type_name for name, link in entities.kind.links.items()}
    assert ways == links


def test_all_views_are_served() -> None:
    listed = {entities.view for entities in ALL_SETS}
    followed = {one.view for one in vars(sources).values() if isinstance(one, Source)}
    # The sets of what applications are permitted are made for each way there is to them, those of
    # approvals for each kind of scope, and the logs have lists of their own.
    made = {View.APP_ROLES, View.PERSONAL_GRANTS, View.DIRECTORY_AUDITS, View.SIGN_INS}
    made.add(View.APPROVALS)
    assert listed | followed | made == set(View)
