"""Whatever is sent, the answer is in the published envelope, and the service has no fault.

`PublishedTransport` holds every answer against the schema; here it is fed with what nobody expects.
"""

import json
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenarios.bad_bodies import NO_DURATIONS, NO_INSTANTS, NO_SCOPES, OBJECTS, TEXTS, spoil
from tests.scenarios.calls import valid_body
from tests.scenarios.company import Company

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("promise of the design: bad input is never a fault of the service"),
]

DIRECTORY: Final = "/v1.0/roleManagement/directory"
SETS: Final = (
    f"{DIRECTORY}/roleAssignmentScheduleRequests",
    f"{DIRECTORY}/roleEligibilityScheduleRequests",
    f"{DIRECTORY}/roleAssignmentSchedules",
    f"{DIRECTORY}/roleEligibilityScheduleInstances",
    f"{DIRECTORY}/roleAssignments",
    f"{DIRECTORY}/roleDefinitions",
    "/v1.0/users",
    "/beta/groups",
    "/beta/servicePrincipals",
)
BOUNDED: Final = settings(
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from((*NO_DURATIONS, *NO_INSTANTS, *NO_SCOPES, "/", "PT1H", "P1D", "adminAssign"))
)
VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS: Final = st.sampled_from((*TEXTS, *OBJECTS, "isValidationOnly", "customData", "@odata.type"))
WORDS: Final = st.sampled_from(
    (
        "principalId",
        "status",
        "createdDateTime",
        "scheduleInfo/expiration/endDateTime",
        "roleDefinition",
        "displayName",
        "id",
        "nope",
        "eq",
        "ne",
        "ge",
        "and",
        "or",
        "not",
        "in",
        "(",
        ")",
        ",",
        ";",
        "=",
        "'x'",
        "'",
        "''",
        "null",
        "true",
        "7",
        "-1",
        "1e9",
        "2031-01-01T00:00:00Z",
        "duration'PT1H'",
        "5d6b6bb7-de71-4623-b4af-96380a352509",
        "startswith(displayName,'E')",
        "any(x:x eq 'y')",
        "$select=id",
        "$expand=*",
        "*",
        "$it",
        "\x00",
        "é",
        "😀",
        "%",
    )
)
OPTIONS: Final = st.sampled_from(
    ("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken")
)
PHRASES: Final = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=20)
QUERIES: Final = st.lists(st.tuples(OPTIONS | st.text(max_size=8), PHRASES), max_size=4)


@given(
    changes=st.lists(st.tuples(PATHS, VALUES), min_size=1, max_size=4),
    where=st.sampled_from(SETS[:2]),
)
@BOUNDED
async def test_any_change_of_a_body_is_answered(
    shared_company: Company, changes: list[tuple[str, Any]], where: str
) -> None:
    sent = valid_body(shared_company)
    for path, value in changes:
        sent = spoil(sent, path, value)
    response = await shared_company.call("pia", "POST", where, json=sent)
    assert response.status_code < 500, response.text


@given(content=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
@BOUNDED
async def test_any_body_is_answered(shared_company: Company, content: bytes) -> None:
    response = await shared_company.call("pia", "POST", SETS[0], content=content)
    assert 400 <= response.status_code < 500, response.text


@given(where=st.sampled_from(SETS), query=QUERIES)
@BOUNDED
async def test_any_query_is_answered(
    shared_company: Company, where: str, query: list[tuple[str, str]]
) -> None:
    said = "&".join(f"{quote(name)}={quote(value)}" for name, value in query)
    response = await shared_company.call("rex", "GET", f"{where}?{said}")
    assert response.status_code < 500, response.text


@given(segments=st.lists(st.text(min_size=1, max_size=12) | WORDS, max_size=4))
@BOUNDED
async def test_any_path_is_answered(shared_company: Company, segments: list[str]) -> None:
    path = "/".join(quote(segment, safe="()='") for segment in segments)
    for root in ("/v1.0", DIRECTORY, SETS[0]):
        response = await shared_company.call("rex", "GET", f"{root}/{path}")
        assert response.status_code < 500, response.text
