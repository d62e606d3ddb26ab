"""Whatever a client sends, it is answered in a published envelope and never with a fault."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialects.graph.office import GRACE, HANA, READER, Office, make_office, open_office
from timebound.storage.sqlite import SqliteStore

DIRECTORY = "/v1.0/roleManagement/directory"
NAMES = st.sampled_from(
    [
        "action",
        "principalId",
        "roleDefinitionId",
        "directoryScopeId",
        "appScopeId",
        "justification",
        "scheduleInfo",
        "ticketInfo",
        "isValidationOnly",
        "targetScheduleId",
        "startDateTime",
        "expiration",
        "type",
        "endDateTime",
        "duration",
        "ticketNumber",
    ]
)
WORDS = st.sampled_from(
    [
        "adminAssign",
        "selfActivate",
        "adminRemove",
        "selfExtend",
        HANA,
        GRACE,
        READER,
        "/",
        "/administrativeUnits/x",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00+14:00",
        "P999999999D",
        "PT0S",
        "afterDuration",
        "afterDateTime",
        "noExpiration",
        "\N{SNOWMAN}",
    ]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = WORDS | st.text(max_size=20) | st.booleans() | st.none() | st.integers() | FLOATS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=10) | VALUES
OPTIONS = st.sampled_from(["$filter", "$select", "$expand", "$orderby", "$top", "$skiptoken"])
PIECES = st.sampled_from(
    [
        "id",
        "status",
        "principalId",
        "createdDateTime",
        "scheduleInfo/startDateTime",
        "principal",
        "roleDefinition($select=displayName)",
        " eq ",
        " ge ",
        " and ",
        " or ",
        " in ",
        "not ",
        "(",
        ")",
        ",",
        "'",
        "null",
        "true",
        "1",
        "2031-03-04T08:00:00Z",
        "'Provisioned'",
        f"'{HANA}'",
        "startswith(justification,'x')",
        "any(c:c eq 'x')",
        "desc",
        "*",
        "\N{SNOWMAN}",
        "\0",
    ]
)
QUERIES = st.dictionaries(OPTIONS, st.lists(PIECES, max_size=8).map("".join), max_size=3)
SETS = st.sampled_from(
    [
        "roleAssignmentScheduleRequests",
        "roleAssignmentSchedules",
        "roleEligibilityScheduleInstances",
        "roleDefinitions",
    ]
)

RELAXED = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.fixture(scope="module")
def lasting(
    empty_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[asyncio.Runner, Office]]:
    """An office that lasts for many calls, and the loop it lives in."""
    path = tmp_path_factory.mktemp("lasting") / "office.db"
    shutil.copy(empty_file, path)
    store = SqliteStore(path)
    with asyncio.Runner() as runner:
        runner.run(store.open())
        runner.run(make_office(store))
        yield runner, open_office(store)
        runner.run(store.close())


@pytest.mark.inferred("bad input is refused, never a fault")
@RELAXED
@given(body=BODIES, who=st.sampled_from([GRACE, HANA]))
def test_no_body_makes_the_door_fail(
    lasting: tuple[asyncio.Runner, Office], body: object, who: str
) -> None:
    runner, office = lasting

    response = runner.run(office.post(who, f"{DIRECTORY}/roleAssignmentScheduleRequests", body))

    assert response.status_code in (201, 400, 403, 404)


@pytest.mark.inferred("bad input is refused, never a fault")
@RELAXED
@given(query=QUERIES, entities=SETS)
def test_no_query_makes_the_door_fail(
    lasting: tuple[asyncio.Runner, Office], query: dict[str, str], entities: str
) -> None:
    runner, office = lasting
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())

    response = runner.run(office.get(GRACE, f"{DIRECTORY}/{entities}?{text}"))

    assert response.status_code in (200, 400)
